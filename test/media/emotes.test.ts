import assert from "node:assert/strict";
import { createServer } from "node:http";
import sharp from "sharp";
import { decodeEmote, EmoteFetcher } from "../../src/media/emotes.ts";
import { pictureUrl } from "../../src/rooms/pictures.ts";

const still = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 4, background: { r: 255, g: 0, b: 0, alpha: 0.5 } } });
function moving(frames: number, side = 32) {
  const raw = Buffer.alloc(side * side * 4 * frames);
  for (let at = 0; at < raw.length; at += 4) {
    raw.set([Math.floor(at / (side * side * 4)) * 40, 0, 255, 255], at);
  }
  const input = { width: side, height: side * frames, channels: 4 as const, pageHeight: side };
  return sharp(raw, { raw: input });
}

describe("pictures of emotes", () => {
  it("are unpacked, still or moving, premultiplied and small", async () => {
    const png = await decodeEmote(await still(20, 10).png().toBuffer());
    assert.deepEqual([png.width, png.height, png.delaysMs], [20, 10, [100]]);
    assert.deepEqual([...png.rgba.subarray(0, 4)], [128, 0, 0, 128]);
    for (const bytes of [
      await moving(3)
        .gif({ delay: [50, 100, 200] })
        .toBuffer(),
      await moving(3)
        .webp({ delay: [50, 100, 200], lossless: true })
        .toBuffer(),
    ]) {
      const { width, height, delaysMs, rgba } = await decodeEmote(bytes);
      assert.deepEqual([width, height, delaysMs], [32, 32, [50, 100, 200]]);
      assert.equal(rgba.length, 3 * 32 * 32 * 4);
      assert(rgba[2 * 32 * 32 * 4]! > 60, "the third frame is another one");
    }
    const large = await decodeEmote(await still(1_000, 500).jpeg().toBuffer());
    assert.deepEqual([large.width, large.height], [256, 128]);
  });

  it("stay within bounds, whatever comes", async () => {
    const long = await decodeEmote(await moving(200, 16).gif().toBuffer());
    assert.equal(long.delaysMs.length, 60);
    const big = await decodeEmote(await moving(60, 256).webp().toBuffer());
    assert(big.rgba.length <= 3 << 20 && big.delaysMs.length > 1);
    for (const bytes of [
      Buffer.alloc(0),
      Buffer.from("<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>"),
      (await still(64, 64).png().toBuffer()).subarray(0, 60),
      await sharp({ create: { width: 8_000, height: 8_000, channels: 3, background: "red" } })
        .png()
        .toBuffer(),
    ]) {
      await assert.rejects(decodeEmote(bytes));
    }
  });

  it("come encrypted from elsewhere, or from a host that the operator named", async () => {
    const rooms = [{ endpoints: { api: "http://127.0.0.1:7001" } }, {}];
    const url = (address: string) => pictureUrl(address, rooms)?.href;
    assert.equal(url("https://i0.hdslb.com/a.png"), "https://i0.hdslb.com/a.png");
    assert.equal(url("//i0.hdslb.com/a.png"), "https://i0.hdslb.com/a.png");
    assert.equal(url("http://127.0.0.1:7001/a.png"), "http://127.0.0.1:7001/a.png");
    for (const refused of [
      "http://i0.hdslb.com/a.png",
      "http://127.0.0.1:7002/a.png",
      "https://192.168.1.1/reboot",
      "https://localhost/",
      "https://[::1]/",
      "file:///etc/passwd",
      "data:image/png;base64,AAAA",
      "",
    ]) {
      assert.equal(url(refused), undefined, refused);
    }
  });

  it("are none when the host gives something else", async () => {
    const server = createServer((request, response) => {
      if (request.url === "/away") response.writeHead(302, { location: "http://127.0.0.1:1/" });
      response.end("no picture");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    assert(address && typeof address === "object");
    const at = `http://127.0.0.1:${address.port}`;
    const fetcher = new EmoteFetcher(() => [{ endpoints: { api: at } }]);
    const results = await Promise.all(
      ["/", "/away", "/x"].map((path) => fetcher.fetch(at + path, AbortSignal.timeout(5_000))),
    );
    assert.deepEqual(results, [undefined, undefined, undefined]);
    server.close();
  });
});
