/** What says something every second and has not for so long is away, or hangs. */
const QUIET_MS = 2_500;

/** Takes what another process tells again and again; `away` when it has told nothing for `quietMs`, once until it tells again. */
export async function hear<T>(
  messages: AsyncIterable<T>,
  take: (message: T) => void,
  away: () => void,
  quietMs = QUIET_MS,
): Promise<void> {
  const quiet = setTimeout(away, quietMs);
  try {
    for await (const message of messages) {
      quiet.refresh();
      take(message);
    }
  } finally {
    clearTimeout(quiet);
  }
}
