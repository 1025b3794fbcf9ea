import { type Command, configOption, connectTo } from "./command.ts";

export const command: Command = {
  summary: "Follow the cleaned comments, one JSON object a line",
  usage: "[--json] [--backlog N] [--config FILE]",
  positionals: 0,
  options: {
    ...configOption,
    json: { type: "boolean", about: "The whole comment as JSON instead of name and text" },
    backlog: { type: "string", about: "Begin with up to N earlier comments (at most 200)" },
  },
  async run({ config, json, backlog }) {
    const client = connectTo(config, "comments", "feimu.v1.Comments");
    const stop = new AbortController();
    process.once("SIGINT", () => stop.abort());
    process.stdout.once("error", () => stop.abort());
    try {
      for await (const comment of client.stream(
        "subscribe",
        { backlog: Number(backlog ?? 0) },
        stop.signal,
      )) {
        const line = json ? JSON.stringify(comment) : `${comment.author?.name ?? ""}: ${comment.text ?? ""}`;
        process.stdout.write(`${line}\n`);
      }
    } finally {
      client.close();
    }
    return 0;
  },
};
