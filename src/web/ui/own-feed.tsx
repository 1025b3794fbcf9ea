import { useSignal } from "@preact/signals";
import type { PlatformOffer } from "../live-state.ts";
import { say } from "./words.ts";

/** Parts of a comment that a person may say where to find. */
const paths = [
  ["comments", "$.messages"],
  ["text", "$.text"],
  ["author", "$.user.name"],
  ["id", "$.id"],
] as const;

/** Fields for how the messages of the user's own system come, and what is in them. */
export function OwnFeed({ platform }: { platform: PlatformOffer }) {
  const transport = useSignal(platform.transports[0]?.name ?? "");
  const schemes = platform.transports.find(({ name }) => name === transport.value)?.schemes ?? [];
  return (
    <>
      <label>
        <span>{say.value("transport")}</span>
        <select
          name="transport"
          onChange={(event) => {
            transport.value = event.currentTarget.value;
          }}
        >
          {platform.transports.map(({ name }) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </label>
      {schemes.length > 0 && (
        <label class="grow">
          <span>{say.value("address")}</span>
          <input name="endpoint" type="url" maxLength={1024} placeholder={`${schemes[0]}//`} required />
        </label>
      )}
      {transport.value !== "grpc" && (
        <details>
          <summary>{say.value("mapping")}</summary>
          <p class="note">{say.value("mappingHint")}</p>
          {paths.map(([name, example]) => (
            <label key={name}>
              <span>{name}</span>
              <input name={`path:${name}`} maxLength={256} placeholder={example} />
            </label>
          ))}
        </details>
      )}
    </>
  );
}

/** What was entered there, as the configuration has it. */
export function enteredFeed(data: FormData): object {
  const transport = data.get("transport");
  if (transport === null) return {};
  const endpoint = String(data.get("endpoint") ?? "").trim();
  const mapping = [...data].flatMap(([key, value]) =>
    key.startsWith("path:") && value !== "" ? [[key.slice("path:".length), String(value).trim()]] : [],
  );
  return {
    transport: String(transport),
    ...(endpoint && { endpoints: { feed: endpoint } }),
    ...(mapping.length > 0 && { feed: { mapping: Object.fromEntries(mapping) } }),
  };
}
