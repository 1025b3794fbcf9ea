import assert from "node:assert/strict";
import { parseAddress } from "../box/addresses.ts";
import type { SinkKind } from "./sink.ts";

/** The composed stage over RTP, to another box or to a program that only listens. */
export const rtp: SinkKind<"rtp"> = {
  label: (config) => config.to,
  open({ kind, to, kbps, fps, width = 0, height = 0, oneWay, keys }) {
    const address = parseAddress(to);
    assert(address, "the schema checked it");
    return { kind, ...address, kbps, fps, width, height, oneWay, ...(keys && { keys }) };
  },
};
