import { createHash } from "node:crypto";
import { homedir, tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";

/** Everything that a box keeps between runs, beside its configuration. */
function cacheFolder(): string {
  return process.env.XDG_CACHE_HOME
    ? join(process.env.XDG_CACHE_HOME, "feimu")
    : join(homedir(), ".cache/feimu");
}

function nameOf(configFile: string): string {
  const path = resolve(configFile);
  const hash = createHash("sha256").update(path).digest("hex").slice(0, 12);
  return `${basename(path, ".json")}-${hash}`;
}

/** Sockets of the box that runs on this configuration file. Short: a socket's path has 107 bytes. */
export function runtimeDirOf(configFile: string): string {
  if (process.env.FEIMU_RUNTIME_DIR) return process.env.FEIMU_RUNTIME_DIR;
  return join(
    process.env.XDG_RUNTIME_DIR ?? tmpdir(),
    `feimu-${process.getuid?.() ?? 0}`,
    nameOf(configFile).slice(-24),
  );
}

/** Sessions and other small state of that box. */
export function stateDirOf(configFile: string): string {
  if (process.env.FEIMU_STATE_DIR) return process.env.FEIMU_STATE_DIR;
  return join(cacheFolder(), "state", nameOf(configFile));
}

/** What Node compiled, for all boxes of this user. */
export function compileCacheDir(): string {
  return join(cacheFolder(), "compiled");
}

/** Compiled word lists of commands that run without a box. */
export function lexiconDir(): string {
  return join(cacheFolder(), "lexicon");
}

/** The configuration that `scripts/run` uses. */
export function demoConfigFile(): string {
  return join(cacheFolder(), "demo/config.json");
}
