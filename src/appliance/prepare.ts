import { copyFile, mkdir, open, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "pino";
import { ConfigError, parseConfig, readConfig, writeConfig } from "../box/config.ts";
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

const exists = async (file: string) => (await readFile(file).catch(() => undefined)) !== undefined;

/** Removes what is personal: everything on the data partition, and the networks. The machine's id stays. */
async function reset({ data, state }: PreparePaths): Promise<void> {
  for (const entry of await readdir(data)) {
    if (entry !== "lost+found") await rm(join(data, entry), { recursive: true, force: true });
  }
  await rm(join(state, "provision.json"), { force: true });
}

/** Overwritten before it is removed: a memory card keeps what is only unlinked, and this one goes from hand to hand. */
async function erase(file: string): Promise<void> {
  const length = (await readFile(file)).length;
  const handle = await open(file, "r+");
  try {
    await handle.write(Buffer.alloc(length, 0x20), 0, length, 0);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rm(file);
}

async function provisionOf({ efi, state, notes }: PreparePaths, log: Logger): Promise<Provision> {
  const brought = join(efi, "provision.json");
  const kept = join(state, "provision.json");
  const text = await readFile(brought, "utf8").catch(() => undefined);
  if (text !== undefined) {
    try {
      await writeConfig(kept, parseProvision(text));
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

/** A configuration that can be read stands there afterwards: the one that is, the one before it, or that of a new box. */
async function settleConfig(paths: PreparePaths, name: string | undefined, log: Logger): Promise<string> {
  const file = join(paths.data, "feimu/config.json");
  const previous = join(paths.data, "feimu/config.previous.json");
  await mkdir(join(paths.data, "feimu"), { recursive: true });
  const defaults = () => readFile(paths.defaults, "utf8").then((text) => parseConfig(JSON.parse(text)));
  for (const candidate of [file, previous]) {
    try {
      const config = await readConfig(candidate);
      const wanted = name ? { ...config, name } : config;
      if (candidate !== file || wanted.name !== config.name) await writeConfig(file, wanted);
      await copyFile(file, previous);
      return wanted.name;
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      if (!(await exists(candidate))) continue;
      log.error({ reason: error.message, file: candidate }, "configuration cannot be used");
      await rename(candidate, `${candidate}.refused`);
      await writeFile(join(paths.notes, "config-refused"), error.message);
    }
  }
  const config = { ...(await defaults()), ...(name && { name }) };
  await writeConfig(file, config);
  return config.name;
}

/**
 * Before the box starts: does a reset that was asked for, takes over what was put on the boot partition, leaves a
 * configuration that can be read, and gives the network its files. Every step may be cut and is done again.
 */
export async function prepare(paths: PreparePaths, log: Logger): Promise<void> {
  await mkdir(paths.notes, { recursive: true });
  const wanted = join(paths.efi, "reset.txt");
  if (await exists(wanted)) {
    await reset(paths);
    await rm(wanted, { force: true });
    log.warn("all settings erased, as reset.txt asked");
  }
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
