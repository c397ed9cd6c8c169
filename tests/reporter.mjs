// jest's own report, then one closing line that any reader understands: `N passed, N failed`.
import { DefaultReporter, SummaryReporter } from '@jest/reporters'

export default class CountingReporter {
  #reporters
  #chosen

  constructor(globalConfig, options) {
    // With `-t` the tests of other names count as skipped: that is what was asked for.
    this.#chosen = Boolean(globalConfig.testNamePattern)
    this.#reporters = [new DefaultReporter(globalConfig), new SummaryReporter(globalConfig, options)]
  }

  onRunStart(...event) {
    for (const reporter of this.#reporters) reporter.onRunStart(...event)
  }

  onTestStart(...event) {
    for (const reporter of this.#reporters) reporter.onTestStart(...event)
  }

  onTestCaseResult(...event) {
    for (const reporter of this.#reporters) reporter.onTestCaseResult(...event)
  }

  onTestResult(...event) {
    for (const reporter of this.#reporters) reporter.onTestResult(...event)
  }

  onRunComplete(contexts, results) {
    for (const reporter of this.#reporters) reporter.onRunComplete(contexts, results)
    const skipped = this.#chosen ? 0 : results.numPendingTests + results.numTodoTests
    // A file that cannot be loaded holds no test that could fail: count it as one failure. So is a skipped test.
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites + skipped
    if (skipped > 0) process.stderr.write(`${skipped} skipped or to-do tests: each counts as failed\n`)
    if (skipped > 0) this.#error = new Error('skipped tests')
    process.stderr.write(`\n${results.numPassedTests} passed, ${failed} failed\n`)
  }

  #error

  getLastError() {
    return this.#error
  }
}
