import { imagePaths } from "./image-paths.ts";
import {
  boxEntry,
  nodeArguments,
  type ProcessEntry,
  processEnvironment,
  processTable,
} from "./process-table.ts";

/** A process that says nothing for this long is ended. It tells twice in that time, also on a machine 20 times slower. */
const watchdogSec = 60;
/** The first start on a slow machine compiles everything and reads 70 MB of fonts. */
const startSec = 300;

/** What no process needs, so that none has it. Executable memory stays allowed: the JavaScript compiler makes it. */
const sandbox = [
  "NoNewPrivileges=yes",
  "CapabilityBoundingSet=",
  "AmbientCapabilities=",
  "ProtectSystem=strict",
  "ProtectHome=yes",
  "ProtectClock=yes",
  "ProtectControlGroups=yes",
  "ProtectHostname=yes",
  "ProtectKernelLogs=yes",
  "ProtectKernelModules=yes",
  "ProtectKernelTunables=yes",
  "ProtectProc=invisible",
  "PrivateTmp=yes",
  "PrivateMounts=yes",
  "RestrictNamespaces=yes",
  "RestrictSUIDSGID=yes",
  "LockPersonality=yes",
  "RemoveIPC=yes",
  "KeyringMode=private",
  "SystemCallArchitectures=native",
  "DevicePolicy=closed",
];

function unit(name: string, entry: ProcessEntry, command: readonly string[]): string {
  const state = entry.state ? [entry.state] : [];
  const writes = [imagePaths.runtime, `${imagePaths.compileCache}/${name}`, ...state, ...entry.writes];
  const environment = {
    ...processEnvironment,
    NODE_COMPILE_CACHE: `${imagePaths.compileCache}/${name}`,
    FEIMU_RUNTIME_DIR: imagePaths.runtime,
    ...(entry.state && { FEIMU_STATE_DIR: entry.state }),
    HOME: "/run/feimu",
  };
  return `${[
    "# Generated from the process table of the box; not edited.",
    "[Unit]",
    `Description=Feimu: ${entry.summary}`,
    "After=feimu-prepare.service",
    "Wants=feimu-prepare.service",
    "StartLimitIntervalSec=0",
    "",
    "[Service]",
    "Type=notify",
    "NotifyAccess=main",
    `ExecStart=${[imagePaths.node, ...nodeArguments(entry), ...command].join(" ")}`,
    ...Object.entries(environment).map(([key, value]) => `Environment=${key}=${value}`),
    `User=feimu-${name}`,
    "Group=feimu",
    ...(entry.groups.length > 0 ? [`SupplementaryGroups=${entry.groups.join(" ")}`] : []),
    "UMask=0007",
    "Restart=always",
    "RestartSec=100ms",
    "RestartSteps=8",
    "RestartMaxDelaySec=10s",
    `TimeoutStartSec=${startSec}`,
    "TimeoutStopSec=10",
    `WatchdogSec=${watchdogSec}`,
    "WatchdogSignal=SIGKILL",
    // The display's descriptor waits here for the next process: the last frame stays lit.
    ...(name === "stage" ? ["FileDescriptorStoreMax=1", "FileDescriptorStorePreserve=yes"] : []),
    `MemoryMax=${entry.memoryMaxMb}M`,
    "MemorySwapMax=0",
    "TasksMax=64",
    "LimitNOFILE=4096",
    `OOMScoreAdjust=${entry.oomScoreAdjust}`,
    ...(entry.priorities ? ["LimitNICE=-15", "LimitRTPRIO=10", "Nice=0"] : []),
    ...sandbox,
    `ReadWritePaths=${writes.join(" ")}`,
    ...entry.devices.map((device) => `DeviceAllow=${device}`),
    ...(entry.devices.length === 0 ? ["PrivateDevices=yes"] : []),
    ...(entry.readsProcessor ? [] : ["ProcSubset=pid"]),
    // The picture first, where starting everything at once takes long.
    ...(name === "stage" || name === "box" ? ["StartupCPUWeight=1000"] : []),
    ...(entry.network
      ? ["RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK"]
      : ["PrivateNetwork=yes", "RestrictAddressFamilies=AF_UNIX", "IPAddressDeny=any"]),
    "SystemCallFilter=@system-service",
    `SystemCallFilter=~@privileged @mount @swap @reboot @module @raw-io @clock @debug @cpu-emulation @obsolete${entry.priorities ? "" : " @resources"}`,
    "SystemCallErrorNumber=EPERM",
    "",
    "[Install]",
    "WantedBy=multi-user.target",
  ].join("\n")}\n`;
}

/** The unit files of the box, by name, e.g. "feimu-stage.service". */
export function units(): Record<string, string> {
  const source = `${imagePaths.application}/src`;
  const out: Record<string, string> = {
    "feimu-box.service": unit("box", boxEntry, [
      `${source}/main.ts`,
      "run",
      "--units",
      "--config",
      imagePaths.config,
    ]),
  };
  for (const [name, entry] of Object.entries(processTable)) {
    out[`feimu-${name}.service`] = unit(name, entry, [`${source}/${name}/main.ts`]);
  }
  return out;
}
