// Loaded into each process of a box before all else: SIGUSR2 puts the clock that does not jump two minutes ahead.
const now = performance.now.bind(performance);
let aheadMs = 0;
performance.now = () => now() + aheadMs;
process.on("SIGUSR2", () => {
  aheadMs += 120_000;
});
