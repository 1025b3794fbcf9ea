import { pssKib } from "../box/memory.ts";
import type { Message } from "../rpc/proto.ts";
import { ask, type Command, configOption, connectTo, explain } from "./command.ts";
import { linkText, stateText } from "./state-text.ts";

/** Without what anybody said or who it was: a status is copied into reports. */
function moderationOf(state: Message | undefined): Message | null {
  if (!state) return null;
  const { coming, claims, undoable, authors, ...counts } = state;
  return { panic: false, ...counts, coming: coming.length, authors: authors.length };
}

/** Why it fails and what to do, on a line of its own; nothing when it does not. */
const whyOf = ({ failure }: Message) => (failure ? `          ${explain(failure)}\n` : "");

export const command: Command = {
  summary: "Tell how the running box is",
  usage: "[--json] [--config FILE]",
  positionals: 0,
  options: { ...configOption, json: { type: "boolean", about: "JSON on stdout" } },
  async run({ config, json }) {
    connectTo(config, "box", "feimu.v1.Box").close();
    const [box, stage, media, comments, moderation] = await Promise.all([
      ask(config, "box", "feimu.v1.Box", "watchProcesses"),
      ask(config, "stage", "feimu.v1.Stage", "watchStatus"),
      ask(config, "media", "feimu.v1.Media", "watchStatus"),
      ask(config, "comments", "feimu.v1.Comments", "watchRooms"),
      ask(config, "comments", "feimu.v1.Moderation", "watchModeration"),
    ]);
    const processes = await Promise.all(
      (box?.processes ?? []).map(async (process: { pid: number }) => ({
        ...process,
        pssKib: await pssKib(process.pid),
      })),
    );
    const status = {
      processes,
      stage: stage ?? null,
      sources: media?.sources ?? [],
      links: media?.links ?? [],
      viewers: media?.viewers ?? 0,
      rooms: comments?.rooms ?? [],
      moderation: moderationOf(moderation),
    };
    if (json) {
      process.stdout.write(`${JSON.stringify(status, null, 2)}\n`);
      return 0;
    }
    for (const { name, state, restarts, pssKib: kib } of processes) {
      process.stdout.write(
        `${name.padEnd(9)} ${state}, ${restarts} restarts, ${Math.round(kib / 1024)} MB\n`,
      );
    }
    for (const source of status.sources) {
      process.stdout.write(
        `source    ${source.kind} ${source.label}: ${stateText(source)}${source.onStage ? ", on the stage" : ""}\n`,
      );
      process.stdout.write(whyOf(source));
    }
    for (const link of status.links) {
      const end = `${link.role === "send" ? "to" : "at"} ${link.label}`;
      process.stdout.write(`link      ${end}: ${linkText(link)}\n${whyOf(link)}`);
    }
    for (const room of status.rooms) {
      process.stdout.write(
        `room      ${room.platform} ${room.id}: ${stateText(room)}, ${room.received} comments\n`,
      );
      process.stdout.write(whyOf(room));
    }
    if (status.moderation) {
      const { panic, attended, strength } = status.moderation;
      process.stdout.write(
        `clean     strength ${strength}${attended ? "" : ", nobody is there"}${panic ? ", covered by the panic button" : ""}\n`,
      );
    }
    return 0;
  },
};
