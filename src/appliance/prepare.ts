import { mkdir, open, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { Logger } from "pino";
import { type Config, parseConfig, readConfig, writeConfig } from "../box/config.ts";
import { currentVersion, versionOf } from "../box/config-versions.ts";
import { exists } from "../host/exists.ts";
import { hostName, networkFile, type Provision, parseProvision, wifiFile } from "./provision.ts";

export interface PreparePaths {
  /** Boot partition. */
  readonly efi: string;
  /** Survives a reset. */
  readonly state: string;
  /** What people set. */
  readonly data: string;
  /** The configuration of a new box. */
  readonly defaults: string;
  /** systemd-networkd's and iwd's folders, empty at every start. */
  readonly networkd: string;
  readonly iwd: string;
  /** Notes for others of this start: hostname, what was refused. */
  readonly notes: string;
}

/** This many starts in a row that ended within the first minute open the rescue screen at the next one. */
const SHORT_STARTS = 4;

/** In the folder of the page's process: a reset that somebody with the right to asked for. */
const wantedFolder = "control";
const wantedFile = "reset-wanted";

/** Removes what is personal: everything on the data partition, and the networks. The machine's id stays. */
async function reset({ data, state }: PreparePaths): Promise<void> {
  for (const name of ["provision.json", namedFile]) await rm(join(state, name), { force: true });
  const wanted = join(data, wantedFolder);
  for (const folder of [data, wanted]) {
    for (const entry of await readdir(folder).catch(() => [])) {
      if (entry === "lost+found" || entry === wantedFolder || entry === wantedFile) continue;
      await rm(join(folder, entry), { recursive: true, force: true });
    }
  }
  // Last, so that a reset that was cut is done again.
  await rm(wanted, { recursive: true, force: true });
}

/**
 * An update that was cut by the power is given up: it is a person who hands it in again, not a start in the middle of an evening. Without this it would
 * seem to be installed for ever, and no other one would be taken.
 */
async function giveUpUpdate({ data }: PreparePaths, log: Logger): Promise<void> {
  const at = (name: string) => join(data, "update", name);
  if (!(await exists(at("bundle.raucb")))) return;
  for (const name of ["request", "force", "progress", "restart", "bundle.raucb"]) {
    await rm(at(name), { force: true });
  }
  log.warn("an update was cut; hand it in again");
}

/** What a full or broken disk refuses must not keep the box from starting. */
async function attempt(log: Logger, what: () => Promise<void>): Promise<void> {
  try {
    await what();
  } catch (error) {
    log.error({ err: error }, "not written");
  }
}

/** Counts the starts since the last one that lasted; another unit forgets them when this one has (feimu-lasted.service). */
async function countStart({ state, notes }: PreparePaths, log: Logger): Promise<void> {
  const file = join(state, "starts");
  const short = Number(await readFile(file, "utf8").catch(() => "0")) || 0;
  if (short >= SHORT_STARTS) {
    log.warn({ short }, "rescue screen: starts that ended at once");
    await writeFile(join(notes, "rescue"), "");
  }
  await writeConfig(file, short >= SHORT_STARTS ? 1 : short + 1);
}

/** Overwritten before it is removed: a memory card keeps what is only unlinked, and this one goes from hand to hand. */
async function erase(file: string): Promise<void> {
  const length = (await readFile(file)).length;
  const handle = await open(file, "r+");
  try {
    await handle.write(Buffer.alloc(length, 0x20), 0, length, 0);
    await handle.sync();
    // While it is open its place is not given back: after a power cut no name leads to a place that is free.
    await rm(file);
    const folder = await open(dirname(file));
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  } finally {
    await handle.close();
  }
}

/** There once the name that was brought has come into the settings: from then on it is the page's to change. */
const namedFile = "provision.named";

async function provisionOf({ efi, state, notes }: PreparePaths, log: Logger): Promise<Provision> {
  const brought = join(efi, "provision.json");
  const kept = join(state, "provision.json");
  const text = await readFile(brought, "utf8").catch(() => undefined);
  if (text !== undefined) {
    try {
      const provision = parseProvision(text);
      await rm(join(state, namedFile), { force: true });
      await writeConfig(kept, provision);
      await erase(brought);
      log.info("provision.json taken over and erased");
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      log.error({ reason: message }, "provision.json refused");
      await writeFile(join(notes, "provision-refused"), message);
    }
  }
  const known = await readFile(kept, "utf8").catch(() => undefined);
  if (known === undefined) return {};
  try {
    return parseProvision(known);
  } catch {
    return {};
  }
}

/**
 * Systems of two ages share the settings. Before an older form is brought to today's it is copied (`config.v1.json`),
 * and a form that is newer than this system is put aside for the one that knows it: the newest known copy takes its place.
 */
async function keepOtherVersions(file: string, log: Logger): Promise<void> {
  const text = await readFile(file, "utf8").catch(() => "");
  let version: number | undefined;
  try {
    version = versionOf(JSON.parse(text));
  } catch {}
  if (version === undefined || version === currentVersion()) return;
  const copyOf = (number: number) => join(dirname(file), `config.v${number}.json`);
  await writeConfig(copyOf(version), JSON.parse(text));
  log.info({ version, known: currentVersion() }, "configuration of another version kept");
  if (version < currentVersion()) return;
  for (let known = currentVersion(); known > 0; known--) {
    const copy = await readFile(copyOf(known), "utf8").catch(() => undefined);
    if (copy !== undefined) return writeConfig(file, JSON.parse(copy));
  }
  await rm(file);
}

/** A configuration that can be read stands there afterwards: the one that is, the one before it, or that of a new box. */
async function settleConfig(paths: PreparePaths, name: string | undefined, log: Logger): Promise<string> {
  const file = join(paths.data, "feimu/config.json");
  const previous = join(paths.data, "feimu/config.previous.json");
  await mkdir(join(paths.data, "feimu"), { recursive: true });
  await attempt(log, () => keepOtherVersions(file, log));
  let config: Config | undefined;
  for (const candidate of [file, previous]) {
    if (config || !(await exists(candidate))) continue;
    try {
      config = await readConfig(candidate);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      log.error({ reason, file: candidate }, "configuration cannot be used");
      await rename(candidate, `${candidate}.refused`);
      await writeFile(join(paths.notes, "config-refused"), reason);
    }
  }
  const named = join(paths.state, namedFile);
  const takesName = name !== undefined && (!config || !(await exists(named)));
  config ??= parseConfig(JSON.parse(await readFile(paths.defaults, "utf8")));
  const wanted = takesName ? { ...config, name } : config;
  for (const target of [file, previous]) {
    const written = await readFile(target, "utf8").catch(() => "null");
    if (!isDeepStrictEqual(JSON.parse(written), wanted))
      await attempt(log, () => writeConfig(target, wanted));
  }
  if (takesName) await attempt(log, () => writeConfig(named, name));
  return wanted.name;
}

/**
 * Before the box starts: does a reset that was asked for, takes over what was put on the boot partition, leaves a
 * configuration that can be read, and gives the network its files. Every step may be cut and is done again.
 */
export async function prepare(paths: PreparePaths, log: Logger): Promise<void> {
  await mkdir(paths.notes, { recursive: true });
  const wanted = [join(paths.efi, "reset.txt"), join(paths.data, wantedFolder, wantedFile)];
  if ((await Promise.all(wanted.map(exists))).includes(true)) {
    await reset(paths);
    for (const file of wanted) await rm(file, { force: true });
    log.warn("all settings erased, as somebody asked");
  }
  await attempt(log, () => countStart(paths, log));
  await attempt(log, () => giveUpUpdate(paths, log));
  const provision = await provisionOf(paths, log);
  const name = await settleConfig(paths, provision.name, log);
  await writeFile(join(paths.notes, "hostname"), hostName(name));
  await mkdir(paths.networkd, { recursive: true });
  if (provision.address)
    await writeFile(join(paths.networkd, "10-fixed.network"), networkFile(provision.address));
  if (provision.wifi) {
    const { file, text } = wifiFile(provision.wifi);
    await mkdir(paths.iwd, { recursive: true, mode: 0o700 });
    await writeFile(join(paths.iwd, file), text, { mode: 0o600 });
    if (provision.wifi.country) await writeFile(join(paths.notes, "country"), provision.wifi.country);
  }
}
