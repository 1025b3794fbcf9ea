import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { type GuestHello, guestNameLength, guestTextLength } from "../../../venue/guest-message.ts";
import { call, Refused } from "../api.ts";
import { explain, language, say, switchLanguage } from "../words.ts";
import { connected, followLines, lines } from "./lines.ts";

const hex = (colour: number) => `#${colour.toString(16).padStart(6, "0")}`;
const SENT_MS = 4_000;

/** What a guest sees who scanned the code on the display. */
export function Guest() {
  const hello = useSignal<GuestHello | undefined>(undefined);
  const failure = useSignal("");
  const attempt = async (act: () => Promise<unknown>) => {
    failure.value = "";
    try {
      await act();
      return true;
    } catch (refused) {
      failure.value = refused instanceof Refused ? refused.code : String(refused);
      return false;
    }
  };
  const ask = () =>
    attempt(async () => {
      hello.value = await call<GuestHello>("GET", "/api/guest");
    });
  const comeIn = async () => {
    const code = decodeURIComponent(location.hash.slice(1));
    // It is good once; a page that is loaded again has what it was given.
    history.replaceState(null, "", location.pathname);
    await ask();
    if (!code || hello.value?.guest || !hello.value?.open) return;
    if (await attempt(() => call("POST", "/api/guest/enter", { code }))) await ask();
  };
  useEffect(() => void comeIn(), []);
  const inside = hello.value?.guest ?? false;
  useEffect(() => {
    if (inside) followLines(() => void ask());
  }, [inside]);
  useEffect(() => {
    document.documentElement.lang = language.value;
    document.title = `飞幕 · ${hello.value?.name ?? ""}`;
  });
  const shut = hello.value && !inside;
  const why = failure.value || (hello.value?.open ? "GUEST_CODE_OLD" : "GUEST_CLOSED");
  return (
    <>
      <header>
        <span class="logo" aria-hidden="true">
          飞幕
        </span>
        <h1>{hello.value?.name ?? ""}</h1>
        <button
          type="button"
          class="quiet"
          lang={language.value === "zh" ? "en" : "zh"}
          onClick={switchLanguage}
        >
          {say.value("language")}
        </button>
      </header>
      <main>
        {!hello.value && <p class="center">{explain(failure.value) || say.value("loading")}</p>}
        {shut && (
          <section class="card narrow">
            <p role="alert">{explain(why)}</p>
          </section>
        )}
        {inside && <Inside approval={hello.value?.approval ?? false} />}
      </main>
    </>
  );
}

function Inside({ approval }: { approval: boolean }) {
  const failure = useSignal("");
  const note = useSignal("");
  const text = useRef<HTMLInputElement>(null);
  const send = async (event: SubmitEvent) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget as HTMLFormElement);
    const said = { text: String(data.get("text")).trim(), name: String(data.get("name")).trim() };
    if (!said.text) return;
    failure.value = "";
    try {
      await call("POST", "/api/guest/say", said);
    } catch (refused) {
      if (!(refused instanceof Refused)) throw refused;
      const { waitMs } = refused.details;
      const seconds =
        typeof waitMs === "number" ? ` ${say.value("waitSeconds")} ${Math.ceil(waitMs / 1_000)}` : "";
      failure.value = explain(refused.code) + seconds;
      return;
    }
    // What was not taken stays in the field.
    if (text.current) text.current.value = "";
    text.current?.focus();
    note.value = say.value(approval ? "sentWaits" : "sent");
    setTimeout(() => {
      note.value = "";
    }, SENT_MS);
  };
  return (
    <>
      <Lines />
      <form onSubmit={send} class="card">
        {!connected.value && <p class="note">{say.value("reconnecting")}</p>}
        <label>
          <span>
            {say.value("yourName")} ({say.value("optional")})
          </span>
          <input name="name" maxLength={guestNameLength} autocomplete="nickname" />
        </label>
        <div class="row">
          <label class="grow">
            <span>{say.value("yourComment")}</span>
            <input
              ref={text}
              name="text"
              maxLength={guestTextLength}
              autocomplete="off"
              enterkeyhint="send"
              required
            />
          </label>
          <button type="submit">{say.value("send")}</button>
        </div>
        <p role="status" class="note">
          {note.value}
        </p>
        <p role="alert" class="error">
          {failure.value}
        </p>
      </form>
    </>
  );
}

/** The last comments for who does not want them flying. */
function Lines() {
  const list = useRef<HTMLOListElement>(null);
  const following = useRef(true);
  useLayoutEffect(() => {
    if (list.current && following.current) list.current.scrollTop = list.current.scrollHeight;
  });
  const onScroll = () => {
    const { scrollTop, scrollHeight, clientHeight } = list.current!;
    following.current = scrollHeight - scrollTop - clientHeight < 40;
  };
  return (
    <section class="card comments" aria-labelledby="comments">
      <h2 id="comments">{say.value("comments")}</h2>
      {lines.value.length === 0 && <p class="note">{say.value("noComments")}</p>}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a list that scrolls must be reachable by keyboard */}
      <ol ref={list} onScroll={onScroll} tabIndex={0} aria-labelledby="comments">
        {lines.value.map(({ id, author, text, colour }) => (
          <li key={id}>
            <span class="dot" style={{ background: hex(colour) }} aria-hidden="true" />
            <span class="author">{author}</span> <span class="said">{text}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
