import { fstatSync } from "node:fs";
import { type DestinationStream, type Logger, pino } from "pino";

/** What systemd's journal reads at the head of a line as its priority, by pino's level (sd-daemon(3)). */
function priority(level: number): string {
  if (level >= pino.levels.values.fatal!) return "<2>";
  if (level >= pino.levels.values.error!) return "<3>";
  if (level >= pino.levels.values.warn!) return "<4>";
  return level >= pino.levels.values.info! ? "<6>" : "<7>";
}

/** Passes each line on to `to` with its priority before it. */
export function withPriorities(to: DestinationStream): DestinationStream {
  const stream = {
    [Symbol.for("pino.metadata")]: true,
    lastLevel: 0,
    write(line: string) {
      to.write(priority(stream.lastLevel) + line);
    },
  };
  return stream;
}

/** Whether standard output is the journal's own stream (systemd.exec(5), JOURNAL_STREAM). */
function inJournal(): boolean {
  const { dev, ino } = fstatSync(1);
  return process.env.JOURNAL_STREAM === `${dev}:${ino}`;
}

/** The log of a process: a line of JSON each on standard output, which the journal of an image keeps by priority. */
export function processLog(name: string): Logger {
  const options = { base: { process: name } };
  return inJournal()
    ? pino(options, withPriorities(pino.destination({ dest: 1, sync: true })))
    : pino(options);
}
