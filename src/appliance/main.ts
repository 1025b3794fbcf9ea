import { processLog } from "../host/log.ts";
import { prepare } from "./prepare.ts";

await prepare(
  {
    efi: "/efi",
    state: "/state",
    data: "/data",
    defaults: "/usr/share/feimu/config.json",
    networkd: "/run/systemd/network",
    iwd: "/var/lib/iwd",
    notes: "/run/feimu-prepare",
  },
  processLog("prepare"),
);
