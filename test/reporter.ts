import { writeFileSync } from "node:fs";
import Mocha from "mocha";

/** The spec report on stdout, and the counts in a file, for the sum over all suites. */
export default class CountingSpec extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    const output = String(options.reporterOptions?.output);
    runner.once("end", () => {
      const { passes = 0, failures = 0 } = this.stats ?? {};
      writeFileSync(output, JSON.stringify({ passes, failures }));
    });
  }
}
