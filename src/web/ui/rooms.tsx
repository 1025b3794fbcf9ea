import { useSignal } from "@preact/signals";
import { platforms, roomStates, wordFor } from "../../catalogue/states.ts";
import { call, Refused } from "./api.ts";
import { state } from "./live.ts";
import { explain, language, say } from "./words.ts";

export function Rooms() {
  const error = useSignal("");
  const rooms = state.value?.rooms ?? [];
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
    const room = { platform: String(data.get("platform")), id: String(data.get("id")).trim() };
    if (await attempt(call("POST", "/api/rooms", room))) form.reset();
  };
  return (
    <section class="card">
      <h2>{say.value("rooms")}</h2>
      {rooms.length === 0 && <p class="note">{say.value("noRooms")}</p>}
      <ul class="plain">
        {rooms.map((room) => (
          <li key={`${room.platform}:${room.id}`}>
            <div class="row">
              <span class={`light ${room.state}`} aria-hidden="true" />
              <div class="grow">
                <strong>{room.title || room.id}</strong>
                <span class="note">
                  {wordFor(platforms, room.platform, language.value)} {room.id} ·{" "}
                  {wordFor(roomStates, room.state, language.value)} · {room.perSecond?.toFixed(1)}{" "}
                  {say.value("perSecond")}
                </span>
              </div>
              <button
                type="button"
                class="quiet"
                aria-label={`${say.value("remove")} ${room.id}`}
                onClick={() => attempt(call("DELETE", `/api/rooms/${room.platform}/${room.id}`))}
              >
                {say.value("remove")}
              </button>
            </div>
            {room.failure && <p class="error">{explain(room.failure)}</p>}
            {room.guest && !room.failure && <p class="note">{say.value("guest")}</p>}
          </li>
        ))}
      </ul>
      <form onSubmit={add} class="row">
        <label>
          <span>{say.value("platform")}</span>
          <select name="platform">
            {Object.keys(platforms).map((platform) => (
              <option key={platform} value={platform}>
                {wordFor(platforms, platform, language.value)}
              </option>
            ))}
          </select>
        </label>
        <label class="grow">
          <span>{say.value("roomNumber")}</span>
          <input name="id" inputMode="numeric" pattern="\s*[0-9]{1,20}\s*" required />
        </label>
        <button type="submit">{say.value("add")}</button>
      </form>
      <p role="alert" class="error">
        {error.value}
      </p>
    </section>
  );
}
