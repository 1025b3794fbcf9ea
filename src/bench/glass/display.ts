import { join } from "node:path";
import { cleanText } from "../../clean/clean-text.ts";
import { Rank, stageAddon } from "../../stage/addon.ts";
import { type DisplayReport, frameCode, readFrameCode, type Seen } from "./messages.ts";

// The stage in a process of its own, as in the box; 50 comments fly, new ones with new characters all the time.
const [folder = "", widthText, heightText, hzText] = process.argv.slice(2);
const [width, height, refreshHz] = [Number(widthText), Number(heightText), Number(hzText)];
const ON_SCREEN = 50;
const CROSSING_MS = 8_000;

const stage = new (stageAddon().Stage)({
  width,
  height,
  refreshHz,
  videoSocket: join(folder, "video.sock"),
  composedSocket: join(folder, "composed.sock"),
});
stage.configure({
  enabled: true,
  opacity: 0.9,
  area: 0.75,
  speed: 1,
  fontPx: 36,
  outline: true,
  maxOnScreen: 300,
  depth: 0,
});

let said = 0;
const say = () => {
  const characters = Array.from({ length: 8 }, (_, i) =>
    String.fromCodePoint(0x4e00 + ((said * 131 + i * 977) % 3_000)),
  );
  stage.addComment({
    id: String(said),
    author: "",
    text: cleanText(characters.join("")),
    colour: 0xffffff,
    mode: 0,
    rank: Rank.CHAT,
  });
  said++;
};
const talking = setInterval(say, CROSSING_MS / ON_SCREEN);

const seen = new Map<number, Seen>();
const composeMs: number[] = [];
let comments = 0;
let flips = 0;
const { block, left, bits, fromBottom } = frameCode;
stage.observe({ x: left, y: height - fromBottom, width: block * bits, height: block }, (shown) => {
  const { receivedUs, decodedUs, composeUs, doneUs, presentedUs } = shown;
  composeMs.push((doneUs - composeUs) / 1000);
  comments += shown.comments;
  flips++;
  if (receivedUs === 0) return;
  const frame = readFrameCode(shown.rgba);
  if (!seen.has(frame)) seen.set(frame, { frame, receivedUs, decodedUs, composeUs, doneUs, presentedUs });
});

process.on("message", () => {
  clearInterval(talking);
  const { missedFlips } = stage.status();
  stage.close();
  const report: DisplayReport = {
    seen: [...seen.values()],
    composeMs,
    missedFlips,
    comments: Math.round(comments / flips),
  };
  process.send!(report, () => process.exit());
});
// The stage is full when the measurement begins.
setTimeout(() => process.send!("ready"), CROSSING_MS);
