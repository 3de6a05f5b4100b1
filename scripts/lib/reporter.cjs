// Mocha's spec reporter that also writes its counts to the file named by SQL_AHEAD_COUNTS, for the sum of all suites.
const fs = require('node:fs');
const { reporters, Runner } = require('mocha');

module.exports = class CountingReporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once(Runner.constants.EVENT_RUN_END, () => {
      const { passes, failures, pending } = runner.stats;
      // A test that does not run is a test that does not hold.
      const counts = { passed: passes, failed: failures + pending };
      if (process.env.SQL_AHEAD_COUNTS)
        fs.writeFileSync(process.env.SQL_AHEAD_COUNTS, JSON.stringify(counts));
    });
  }
};
