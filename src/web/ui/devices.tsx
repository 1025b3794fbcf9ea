import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { call } from "./api.ts";
import { state } from "./live.ts";
import { language, say } from "./words.ts";

interface Device {
  readonly id: string;
  readonly device: string;
  readonly usedMs: number;
  readonly own: boolean;
}

export function Devices() {
  const devices = useSignal<readonly Device[]>([]);
  const pin = state.value?.pin;
  const refresh = async () => {
    devices.value = await call<Device[]>("GET", "/api/sessions").catch(() => devices.value);
  };
  const count = state.value?.sessions;
  useEffect(() => void refresh(), [count]);
  const revoke = async ({ id, own }: Device) => {
    await call(own ? "POST" : "DELETE", own ? "/api/logout" : `/api/sessions/${id}`).catch(() => {});
    if (own) location.reload();
    else await refresh();
  };
  return (
    <section class="card">
      <h2>{say.value("devices")}</h2>
      <ul class="plain">
        {devices.value.map((device) => (
          <li key={device.id} class="row">
            <div class="grow">
              <strong>{device.device}</strong>
              <span class="note">
                {device.own
                  ? say.value("thisDevice")
                  : new Date(device.usedMs).toLocaleString(language.value)}
              </span>
            </div>
            <button
              type="button"
              class="quiet"
              aria-label={`${say.value(device.own ? "logout" : "remove")}: ${device.device}`}
              onClick={() => revoke(device)}
            >
              {say.value(device.own ? "logout" : "remove")}
            </button>
          </li>
        ))}
      </ul>
      {pin ? (
        <div class="row">
          <p class="grow" role="status">
            {say.value("pinShown")} <strong class="digits">{`${pin.slice(0, 4)} ${pin.slice(4)}`}</strong>
          </p>
          <button type="button" class="quiet" onClick={() => call("DELETE", "/api/pin")}>
            {say.value("stopPin")}
          </button>
        </div>
      ) : (
        <button type="button" onClick={() => call("POST", "/api/pin", {})}>
          {say.value("letIn")}
        </button>
      )}
    </section>
  );
}
