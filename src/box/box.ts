import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "pino";
import { serviceManager } from "../host/service-manager.ts";
import { follow, Listeners } from "../rpc/follow.ts";
import { serve, stream, unary } from "../rpc/server.ts";
import { ConfigError, parseConfig, readConfig, writeConfig } from "./config.ts";
import { watchPanicKey } from "./panic-key.ts";
import { runtimeDirOf, stateDirOf } from "./paths.ts";
import { SafeMode, safeConfig } from "./safe-mode.ts";
import { type ProcessDriver, Supervisor } from "./supervisor.ts";
import { UnitWatch } from "./unit-watch.ts";
import { Vault } from "./vault.ts";

/**
 * Runs the whole box on one configuration file until the signal.
 * `units`: a service manager keeps the other processes, the box only follows them.
 * Throws ConfigError when the file cannot be used at the start.
 */
export async function runBox(
  configFile: string,
  log: Logger,
  signal: AbortSignal,
  { units = false }: { readonly units?: boolean } = {},
): Promise<void> {
  const written = await readConfig(configFile);
  // Of this machine's start, so that it goes on after a restart of this process: others wait for a revision that they were told.
  let revision = Number(process.hrtime.bigint() / 1_000_000n);
  const listeners = new Listeners();
  const runtimeDir = runtimeDirOf(configFile);
  const stateDir = stateDirOf(configFile);
  // Where units are, their folders are made for them, each with its owner.
  if (!units)
    for (const folder of [runtimeDir, stateDir]) await mkdir(folder, { recursive: true, mode: 0o700 });
  const vault = await Vault.open(join(stateDir, "credentials.key"));
  let config = vault.unseal(written, (owner, name) =>
    log.warn({ ...owner, name }, "a secret was sealed by another key; it has to be entered anew"),
  );
  if (!Vault.isSealed(written)) {
    await writeConfig(configFile, vault.seal(config)).catch((error) =>
      log.warn({ err: error }, "credentials stay readable in the configuration"),
    );
  }
  const processes: ProcessDriver = units
    ? new UnitWatch(runtimeDir)
    : new Supervisor({ runtimeDir, stateDir, log });

  const safeMode = new SafeMode(() => performance.now());
  processes.onChange(() => {
    if (!safeMode.see(processes.status)) return;
    log.error({ because: safeMode.because, failure: "SAFE_MODE" }, "safe mode");
    listeners.tell();
  });

  // One change at a time: each is checked against the configuration that the one before it left.
  let lastPatch: Promise<unknown> = Promise.resolve();
  const patch = async (json: string) => {
    try {
      const { panic } = config;
      // The panic button is no setting: what sets many of them must not end it.
      const next = parseConfig({ ...config, ...(JSON.parse(json) as object), panic });
      await writeConfig(configFile, vault.seal(next));
      // Pressed meanwhile: that is written next.
      config = { ...next, panic: config.panic };
      revision++;
      log.info({ revision }, "configuration changed");
      listeners.tell();
      return { revision };
    } catch (error) {
      if (error instanceof ConfigError) return { revision, errors: error.errors, failure: error.code };
      if (error instanceof SyntaxError) {
        return { revision, errors: [`config: ${error.message}`], failure: "CONFIG_INVALID" };
      }
      throw error;
    }
  };

  // The display first, the disk after it: a card that is slow, full or broken must not keep the button from working.
  const setPanic = (on = !config.panic.on) => {
    if (on !== config.panic.on) {
      config = { ...config, panic: { on, sinceMs: on ? Date.now() : config.panic.sinceMs } };
      revision++;
      log.warn({ on }, "panic button");
      listeners.tell();
      const written = lastPatch.then(() => writeConfig(configFile, vault.seal(config)));
      lastPatch = written.catch((error) => log.error({ err: error }, "the panic button's state is not kept"));
    }
    return { on };
  };
  void watchPanicKey({
    key: () => config.panicKey,
    onChange: listeners.on,
    onPress: () => setPanic(),
    log,
    signal,
  });

  const server = await serve(join(runtimeDir, "box.sock"), [
    {
      service: "feimu.v1.Box",
      methods: {
        watchConfig: stream((_request, ended) =>
          follow(
            () => ({
              json: JSON.stringify(config),
              revision,
              ...(safeMode.because && { safeJson: JSON.stringify(safeConfig(config)) }),
            }),
            listeners.on,
            ended,
          ),
        ),
        patchConfig: unary((request) => {
          const result = lastPatch.then(() => patch(request.json ?? "{}"));
          lastPatch = result.catch(() => {});
          return result;
        }),
        watchProcesses: stream((_request, ended) =>
          follow(
            () => ({ processes: processes.status, safeMode: safeMode.because ?? "" }),
            (listener) => {
              const ends = [processes.onChange(listener), listeners.on(listener)];
              return () => ends.forEach((end) => void end());
            },
            ended,
          ),
        ),
        setPanic: unary(({ on }) => setPanic(on)),
        leaveSafeMode: unary(() => {
          safeMode.leave();
          listeners.tell();
          return {};
        }),
      },
    },
  ]);
  server.setServing(true);
  log.info({ config: configFile, runtimeDir }, "box started");
  const manager = serviceManager();
  manager?.notify("READY=1");
  manager?.keepAlive(signal);
  signal.addEventListener("abort", () => manager?.notify("STOPPING=1"), { once: true });
  try {
    await processes.run(signal);
  } finally {
    server.close();
  }
}
