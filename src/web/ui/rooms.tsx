import { useSignal } from "@preact/signals";
import { roomStates, wordFor } from "../../catalogue/states.ts";
import type { PlatformOffer } from "../live-state.ts";
import { call, Refused } from "./api.ts";
import { state } from "./live.ts";
import { NumberField } from "./number-field.tsx";
import { enteredFeed, OwnFeed } from "./own-feed.tsx";
import { explain, language, say } from "./words.ts";

/** Fields for what only the user has. What is known already is not shown. */
function Credentials({ platform }: { platform: PlatformOffer | undefined }) {
  return (
    <>
      {platform?.credentials.map(({ name, words, required }) => (
        <label key={name} class="grow">
          <span>
            {words[language.value]}
            {!required && ` (${say.value("optional")})`}
          </span>
          <input name={`credential:${name}`} type="password" autocomplete="off" maxLength={8192} />
        </label>
      ))}
    </>
  );
}

/** What was entered in these fields; undefined when nothing was. */
function entered(data: FormData): Record<string, string> | undefined {
  const pairs = [...data]
    .map(([key, value]) => [key.replace("credential:", ""), String(value).trim(), key] as const)
    .filter(([, value, key]) => key.startsWith("credential:") && value !== "");
  return pairs.length > 0 ? Object.fromEntries(pairs) : undefined;
}

export function Rooms() {
  const error = useSignal("");
  const rooms = state.value?.rooms ?? [];
  const platforms = state.value?.platforms ?? [];
  const chosen = useSignal("");
  const offerOf = (name: string) => platforms.find((platform) => platform.name === name);
  const offer = offerOf(chosen.value) ?? platforms[0];
  const nameOf = (name: string) => offerOf(name)?.words[language.value] ?? name;
  const attempt = async (act: Promise<unknown>) => {
    error.value = "";
    try {
      await act;
      return true;
    } catch (refused) {
      if (!(refused instanceof Refused)) throw refused;
      const { errors } = refused.details;
      error.value = [explain(refused.code), ...(Array.isArray(errors) ? errors : [])].join(" ");
      return false;
    }
  };
  const add = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const data = new FormData(form);
    const credentials = entered(data);
    const room = {
      platform: String(data.get("platform")),
      id: String(data.get("id")).trim(),
      ...(credentials && { credentials }),
      ...enteredFeed(data),
    };
    if (!(await attempt(call("POST", "/api/rooms", room)))) return;
    form.reset();
    // The select is the first platform again, and so are the fields beside it.
    chosen.value = "";
  };
  const setCredentials = async (event: SubmitEvent, path: string) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    if (await attempt(call("PUT", `${path}/credentials`, entered(new FormData(form)) ?? {}))) form.reset();
  };
  const pathOf = (room: { platform?: string; id?: string }) =>
    `/api/rooms/${room.platform}/${encodeURIComponent(room.id ?? "")}`;
  return (
    <section class="card rooms">
      <h2>{say.value("rooms")}</h2>
      {rooms.length === 0 && <p class="note">{say.value("noRooms")}</p>}
      <ul class="plain">
        {rooms.map((room) => (
          <li key={`${room.platform}:${room.id}`}>
            <div class="row">
              <span class={`light ${room.state}`} aria-hidden="true" />
              {room.cover && <img class="cover" src={`${pathOf(room)}/cover`} alt="" loading="lazy" />}
              <div class="grow">
                <strong>{room.title || room.id}</strong>
                <span class="note">
                  {nameOf(room.platform)} {room.id} · {wordFor(roomStates, room.state, language.value)} ·{" "}
                  {room.perSecond?.toFixed(1)} {say.value("perSecond")}
                  {room.reconnects > 0 && ` · ${room.reconnects} ${say.value("reconnects")}`}
                  {room.skipped > 0 && ` · ${room.skipped} ${say.value("skipped")}`}
                </span>
              </div>
              <button
                type="button"
                class="quiet"
                aria-label={`${say.value("remove")} ${room.id}`}
                onClick={() => attempt(call("DELETE", pathOf(room)))}
              >
                {say.value("remove")}
              </button>
            </div>
            {room.failure && <p class="error">{explain(room.failure)}</p>}
            {room.failure && room.retryS > 0 && (
              <p class="note">
                {say.value("triedAgain")} {Math.ceil(room.retryS)}
              </p>
            )}
            {room.warning && !room.failure && <p class="note">{explain(room.warning)}</p>}
            <NumberField
              label={say.value("delay")}
              class="row"
              name={`delay ${room.id}`}
              min={0}
              max={120}
              step={0.5}
              value={room.delayS ?? 0}
              onSet={(delayS) => attempt(call("PATCH", pathOf(room), { delayS }))}
            />
            <label class="switch">
              <input
                type="checkbox"
                name={`approval ${room.id}`}
                checked={room.approval}
                onChange={({ currentTarget: { checked } }) =>
                  attempt(call("PATCH", pathOf(room), { approval: checked }))
                }
              />
              <span class="note">{say.value("approval")}</span>
            </label>
            {room.hook && (
              <p class="note">
                {say.value("postTo")}{" "}
                <code>{`${location.origin}/api/hooks/${encodeURIComponent(room.id)}`}</code>
              </p>
            )}
            {room.newest > 0 && (
              <p class="note">
                {say.value("saveComments")}{" "}
                {["jsonl", "xml", "ass"].map((format) => (
                  <a key={format} class="file" href={`${pathOf(room)}/comments?format=${format}`} download>
                    {format.toUpperCase()}
                  </a>
                ))}
              </p>
            )}
            {(offerOf(room.platform)?.credentials.length ?? 0) > 0 && (
              <details>
                <summary>{say.value("credentials")}</summary>
                <form class="row" onSubmit={(event) => setCredentials(event, pathOf(room))}>
                  <Credentials platform={offerOf(room.platform)} />
                  <button type="submit">{say.value("save")}</button>
                </form>
              </details>
            )}
          </li>
        ))}
      </ul>
      <form onSubmit={add} class="row">
        <label>
          <span>{say.value("platform")}</span>
          <select
            name="platform"
            onChange={(event) => {
              chosen.value = event.currentTarget.value;
            }}
          >
            {platforms.map(({ name, words }) => (
              <option key={name} value={name}>
                {words[language.value]}
              </option>
            ))}
          </select>
        </label>
        <label class="grow">
          <span>{say.value(offer?.named ? "roomName" : "roomNumber")}</span>
          <input name="id" maxLength={1024} required />
        </label>
        {offer?.own && <OwnFeed platform={offer} />}
        <Credentials platform={offer} />
        <button type="submit">{say.value("add")}</button>
      </form>
      <p role="alert" class="error">
        {error.value}
      </p>
    </section>
  );
}
