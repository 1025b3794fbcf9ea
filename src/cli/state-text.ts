import type { Message } from "../rpc/proto.ts";

/** The state of a source, a link or a room, with the code of what fails. */
export const stateText = ({ state, failure }: Message): string => (failure ? `${state} (${failure})` : state);

/** One end of a link in a line (feimu.v1.Link): its state, and what is known of the rest. */
export function linkText({ peer, kbps, targetKbps, rttMs, loss, frames, ...link }: Message): string {
  const target = targetKbps === undefined ? "" : ` of ${Math.round(targetKbps)}`;
  return [
    stateText(link),
    ...(peer ? [`${link.role === "send" ? "to" : "from"} ${peer}`] : []),
    ...(kbps === undefined ? [] : [`${Math.round(kbps)}${target} kbit/s`]),
    ...(rttMs === undefined ? [] : [`round trip ${rttMs.toFixed(1)} ms`]),
    ...(loss === undefined ? [] : [`loss ${(loss * 100).toFixed(1)} %`]),
    `${frames} frames`,
    ...(link.protected ? ["encrypted"] : []),
  ].join(", ");
}
