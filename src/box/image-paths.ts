/** Where the image keeps things. */
export const imagePaths = {
  application: "/usr/lib/feimu",
  node: "/usr/lib/feimu/bin/node",
  settings: "/data/feimu",
  config: "/data/feimu/config.json",
  runtime: "/run/feimu",
  keys: "/data/box",
  state: "/data/control",
  archive: "/data/comments",
  compileCache: "/data/cache",
  update: "/data/update",
  lastUpdate: "/state/update-result",
  warnings: "/data/log/warnings",
  olderWarnings: "/data/log/warnings.old",
  rescue: "/run/feimu-prepare/rescue",
} as const;
