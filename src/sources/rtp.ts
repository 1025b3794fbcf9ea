import assert from "node:assert/strict";
import { parseAddress } from "../box/addresses.ts";
import type { SourceKind } from "./source.ts";

/** H.264 over RTP from whoever is allowed to send: ffmpeg, GStreamer, a phone. */
export const rtp: SourceKind<"rtp"> = {
  label: (config) => config.listen,
  open(config) {
    const address = parseAddress(config.listen);
    assert(address, "the schema checked it");
    const { allow = [], keys } = config;
    return { kind: "rtp", ...address, allow, ...(keys && { keys }) };
  },
};
