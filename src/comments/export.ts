import { receivedClean, receivedCleanName } from "../clean/clean-text.ts";
import { type Comment, Kind, Mode } from "./comment.ts";

export const exportFormats = ["jsonl", "xml", "ass"] as const;
export type ExportFormat = (typeof exportFormats)[number];

/** The one that `text` names. */
export const exportFormat = (text: string): ExportFormat | undefined =>
  exportFormats.find((format) => format === text);

interface Writer {
  readonly begin: string;
  /** Empty for what the format has no place for. `atS`: seconds since the first comment. */
  line(comment: Comment, atS: number): string;
  readonly end: string;
}

/** Everything, one JSON object a line. */
const jsonLines: Writer = {
  begin: "",
  line: (comment) => `${JSON.stringify(comment)}\n`,
  end: "",
};

/** What an XML 1.0 document cannot hold at all, and what no text needs. */
const NOT_XML = /(?![\t\n\r])[\p{Cc}\p{Cs}\ufffe\uffff]/gu;
const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const escapeXml = (text: string) =>
  text.replace(NOT_XML, "").replace(/[&<>"]/g, (character) => entities[character] ?? "");

const xmlModes: Readonly<Record<number, number>> = {
  [Mode.SCROLL]: 1,
  [Mode.BOTTOM]: 4,
  [Mode.TOP]: 5,
  [Mode.REVERSE]: 6,
};

/** The file that Bilibili's players load: time, mode, size, colour, Unix time, pool, author, number. */
const bilibiliXml: Writer = {
  begin: '<?xml version="1.0" encoding="UTF-8"?>\n<i>\n<chatserver>feimu</chatserver>\n',
  line(comment, atS) {
    const text = wordsOf(comment);
    if (text === undefined) return "";
    const { colour = 0xff_ffff, mode = Mode.SCROLL, timeMs, author, sequence = 0 } = comment;
    const unix = Math.trunc(timeMs / 1_000);
    const fields = [atS.toFixed(3), xmlModes[mode] ?? 1, 25, colour, unix, 0, author?.id ?? "", sequence];
    return `<d p="${escapeXml(fields.join(","))}">${escapeXml(text)}</d>\n`;
  },
  end: "</i>\n",
};

const WIDTH = 1_280;
const HEIGHT = 720;
const FONT_PX = 36;
const LANES = Math.floor((HEIGHT * 0.75) / (FONT_PX * 1.25));
const FLIGHT_S = 8;
const STANDING_S = 4;

const assTime = (seconds: number) => {
  const hundredths = Math.round(seconds * 100);
  const part = (divisor: number, modulus: number) =>
    String(Math.floor(hundredths / divisor) % modulus).padStart(2, "0");
  return `${Math.floor(hundredths / 360_000)}:${part(6_000, 60)}:${part(100, 60)}.${part(1, 100)}`;
};
/** Braces would be commands and a backslash an escape. */
const escapeAss = (text: string) =>
  text
    .replace(/[\r\n]+/g, " ")
    .replace(/[{}\\]/g, (character) => ({ "{": "｛", "}": "｝" })[character] ?? "＼");
const assColour = (rgb: number) => {
  const hex = rgb.toString(16).padStart(6, "0").toUpperCase();
  return `&H${hex.slice(4)}${hex.slice(2, 4)}${hex.slice(0, 2)}&`;
};
/** About: Han and emoji are as wide as they are high, the rest half of it. */
const widthOf = (text: string) =>
  [...text].reduce(
    (sum, character) => sum + ((character.codePointAt(0) ?? 0) > 0xff ? FONT_PX : FONT_PX / 2),
    0,
  );

/** Subtitles: the comments fly again, each in the first lane in which it runs into nobody. */
function ass(): Writer {
  /** When the last one of each lane has let go of the right edge. */
  const freeAt = Array.from({ length: LANES }, () => 0);
  return {
    begin: [
      "[Script Info]",
      "ScriptType: v4.00+",
      `PlayResX: ${WIDTH}`,
      `PlayResY: ${HEIGHT}`,
      "WrapStyle: 2",
      "",
      "[V4+ Styles]",
      "Format: Name, Fontname, Fontsize, PrimaryColour, OutlineColour, BackColour, Bold, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding",
      `Style: feimu,Noto Sans CJK SC,${FONT_PX},&H00FFFFFF,&H00000000,&H00000000,0,1,2,0,7,0,0,0,1`,
      "",
      "[Events]",
      "Format: Layer, Start, End, Style, Text",
      "",
    ].join("\n"),
    line(comment, atS) {
      const words = wordsOf(comment);
      if (words === undefined) return "";
      const text = escapeAss(words);
      const { colour = 0xff_ffff, mode = Mode.SCROLL } = comment;
      const lane = freeAt.findIndex((time) => time <= atS);
      const stands = mode === Mode.TOP || mode === Mode.BOTTOM;
      const seconds = stands ? STANDING_S : FLIGHT_S;
      const width = widthOf(text);
      const row = (lane < 0 ? 0 : lane) * FONT_PX * 1.25;
      const place = stands ? `\\an${mode === Mode.TOP ? 8 : 2}` : `\\move(${WIDTH},${row},${-width},${row})`;
      if (!stands && lane >= 0) freeAt[lane] = atS + (FLIGHT_S * width) / (WIDTH + width) + 0.2;
      const style = `{${place}\\c${assColour(colour)}}`;
      return `Dialogue: 0,${assTime(atS)},${assTime(atS + seconds)},feimu,${style}${text}\n`;
    },
    end: "",
  };
}

/** What somebody said; undefined for what is no saying, or must not be seen. */
function wordsOf(comment: Comment): string | undefined {
  if (comment.kind !== Kind.CHAT && comment.kind !== Kind.SUPER_CHAT) return undefined;
  return receivedClean(comment) || undefined;
}

/** A comment as it may leave the box. */
function leaving(comment: Comment, withIds: boolean): Comment {
  const name = receivedCleanName(comment);
  const text = receivedClean(comment);
  return {
    ...comment,
    text: text ?? "",
    ...(comment.author && {
      author: { ...comment.author, id: withIds ? (comment.author.id ?? "") : "", name: name ?? "" },
    }),
  };
}

/** A room's comments as a file, piece by piece. Authors' names of ours are in it only when asked for. */
export function* exported(
  comments: Iterable<Comment>,
  format: ExportFormat,
  withIds: boolean,
): Generator<string> {
  const writer = { jsonl: () => jsonLines, xml: () => bilibiliXml, ass }[format]();
  yield writer.begin;
  let firstMs: number | undefined;
  for (const comment of comments) {
    firstMs ??= comment.timeMs;
    const line = writer.line(leaving(comment, withIds), Math.max(0, comment.timeMs - firstMs) / 1_000);
    if (line) yield line;
  }
  yield writer.end;
}
