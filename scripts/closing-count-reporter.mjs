import { DefaultReporter } from 'vitest/node'

/** Vitest's own report, closed by one line for people and machines: `tests: 123 passed, 0 failed, 0 skipped`. */
export default class ClosingCountReporter extends DefaultReporter {
  onTestRunEnd(modules, unhandledErrors, reason) {
    super.onTestRunEnd(modules, unhandledErrors, reason)
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    const count = (state) => tests.filter((test) => test.result().state === state).length
    // A file that does not load, a hook that fails and an error outside any test have no test to count, but they are failures.
    const broken = modules.filter((module) => module.state() === 'failed' && !hasFailedTest(module)).length
    const failed = count('failed') + broken + unhandledErrors.length
    this.log(`tests: ${count('passed')} passed, ${failed} failed, ${count('skipped')} skipped`)
  }
}

function hasFailedTest(module) {
  return [...module.children.allTests('failed')].length > 0
}
