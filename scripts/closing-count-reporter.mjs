import { DefaultReporter } from 'vitest/node'

/**
 * One line per test file, then each failure in full, then the names of skipped tests and one line for people and machines:
 * `tests: 123 passed, 0 failed, 0 skipped`.
 */
export default class ClosingCountReporter extends DefaultReporter {
  onTestRunEnd(modules, unhandledErrors, reason) {
    super.onTestRunEnd(modules, unhandledErrors, reason)
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    const inState = (state) => tests.filter((test) => test.result().state === state)
    // A file that does not load, a hook that fails and an error outside any test have no test to count, but they are failures.
    const broken = modules.filter((module) => module.state() === 'failed' && !hasFailedTest(module)).length
    const failed = inState('failed').length + broken + unhandledErrors.length
    const skipped = inState('skipped')
    for (const test of skipped) this.log(`SKIPPED: ${test.module.relativeModuleId}: ${test.fullName}`)
    this.log(`tests: ${inState('passed').length} passed, ${failed} failed, ${skipped.length} skipped`)
  }

  /** Names failed tests only; the default also names every passed test of a file in which one failed. */
  printTestCase(_moduleState, test) {
    super.printTestCase('passed', test)
  }
}

function hasFailedTest(module) {
  return [...module.children.allTests('failed')].length > 0
}
