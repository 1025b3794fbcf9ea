import { loadAddon } from "./addon.ts";

/** systemd's side of this process, where there is one: sd_notify(3), sd_watchdog_enabled(3). */
export interface ServiceManager {
  /** Tells a state, e.g. "READY=1", "STOPPING=1". */
  notify(state: string): void;
  /** Tells WATCHDOG=1 twice an interval, as long as the event loop turns, until the signal. */
  keepAlive(signal: AbortSignal): void;
}

/** Undefined where no service manager listens. */
export function serviceManager(environment: NodeJS.ProcessEnv = process.env): ServiceManager | undefined {
  const socket = environment.NOTIFY_SOCKET;
  if (!socket) return undefined;
  const { notify } = loadAddon<{ notify(socket: string, state: string): number }>("host");
  const watchdogMs = Number(environment.WATCHDOG_USEC ?? 0) / 1000;
  return {
    notify: (state) => void notify(socket, state),
    keepAlive(signal) {
      if (!(watchdogMs > 0)) return;
      const timer = setInterval(() => notify(socket, "WATCHDOG=1"), watchdogMs / 2);
      signal.addEventListener("abort", () => clearInterval(timer), { once: true });
    },
  };
}
