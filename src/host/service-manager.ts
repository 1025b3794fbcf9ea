import { loadAddon } from "./addon.ts";

const firstDescriptor = 3;

/** systemd's side of this process, where there is one: sd_notify(3), sd_watchdog_enabled(3). */
export interface ServiceManager {
  /** Tells a state, e.g. "READY=1", "STOPPING=1". */
  notify(state: string): void;
  /** Tells WATCHDOG=1 four times an interval, as long as the event loop turns and `alive` says so, until the signal. */
  keepAlive(signal: AbortSignal, alive?: () => boolean): void;
  /** Gives a descriptor into the manager's store: it outlives this process, and comes to the next one. */
  keepDescriptor(name: string, descriptor: number): void;
  /** The descriptor that a process before this one gave into the store. */
  keptDescriptor(name: string): number | undefined;
}

/** Undefined where no service manager listens. */
export function serviceManager(environment: NodeJS.ProcessEnv = process.env): ServiceManager | undefined {
  const socket = environment.NOTIFY_SOCKET;
  if (!socket) return undefined;
  const { notify } = loadAddon<{
    notify(socket: string, state: string, descriptor?: number): number;
  }>("host");
  const watchdogMs = Number(environment.WATCHDOG_USEC ?? 0) / 1000;
  return {
    notify: (state) => void notify(socket, state),
    keepDescriptor: (name, descriptor) => void notify(socket, `FDSTORE=1\nFDNAME=${name}`, descriptor),
    keptDescriptor(name) {
      // sd_listen_fds_with_names(3): they begin at 3, in the order of their names.
      if (environment.LISTEN_PID !== String(process.pid)) return undefined;
      const at = (environment.LISTEN_FDNAMES ?? "").split(":").indexOf(name);
      return at >= 0 && at < Number(environment.LISTEN_FDS) ? firstDescriptor + at : undefined;
    },
    keepAlive(signal, alive = () => true) {
      if (!(watchdogMs > 0)) return;
      const timer = setInterval(() => {
        if (alive()) notify(socket, "WATCHDOG=1");
      }, watchdogMs / 4);
      signal.addEventListener("abort", () => clearInterval(timer), { once: true });
    },
  };
}
