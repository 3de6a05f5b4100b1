// Mocha's spec reporter. It also writes its counts into the file that SQL_AHEAD_COUNTS names, so that test.mjs can add
// up all suites.
const fs = require('node:fs');
const { reporters, Runner } = require('mocha');

module.exports = class CountingReporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once(Runner.constants.EVENT_RUN_END, () => {
      const { passes, failures, pending } = runner.stats;
      // A skipped test counts as failed.
      const counts = { passed: passes, failed: failures + pending };
      if (process.env.SQL_AHEAD_COUNTS)
        fs.writeFileSync(process.env.SQL_AHEAD_COUNTS, JSON.stringify(counts));
    });
  }
};
