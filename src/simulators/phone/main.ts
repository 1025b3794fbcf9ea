import { parseArgs } from "node:util";
import { parseAddress } from "../../box/addresses.ts";
import { mediaAddon } from "../../media/addon.ts";

// A phone-like sender: draws a moving scene, encodes it, sends RTP, and answers PLI with an IDR.
const { values } = parseArgs({
  options: {
    to: { type: "string", default: "127.0.0.1:5004" },
    size: { type: "string", default: "1280x720" },
    fps: { type: "string", default: "30" },
    kbps: { type: "string", default: "4000" },
  },
});

const address = parseAddress(values.to);
if (!address) throw new Error(`Expected ADDRESS:PORT for --to but received "${values.to}"`);
const size = /^(\d{2,4})x(\d{2,4})$/.exec(values.size);
if (!size) throw new Error(`Expected WIDTHxHEIGHT for --size but received "${values.size}"`);

const sender = new (mediaAddon().PhoneSender)({
  ...address,
  width: Number(size[1]),
  height: Number(size[2]),
  fps: Number(values.fps),
  kbps: Number(values.kbps),
});
const alive = setInterval(() => {}, 60_000);
for (const name of ["SIGINT", "SIGTERM"] as const) {
  process.on(name, () => {
    clearInterval(alive);
    sender.close();
    process.exit();
  });
}
