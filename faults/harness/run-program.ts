import { fork } from 'node:child_process'
import { basename } from 'node:path'

/**
 * Runs a program in a separate process, and resolves with the object that it sends. Text that it sends is progress. Rejects
 * if it ends without one.
 */
export function runProgram<Report extends object>(
  program: URL,
  given: readonly string[],
  progress: (text: string) => void,
  execArgv: readonly string[] = [],
): Promise<Report> {
  const child = fork(program, [...given], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    execArgv: [...execArgv],
    env: { ...process.env, AUDIT_DIRECTORY: '' },
  })
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  return new Promise<Report>((resolve, reject) => {
    let report: Report | undefined
    child.on('message', (message) => {
      if (typeof message === 'string') progress(message)
      else report = message as Report
    })
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      process.off('exit', kill)
      if (report) resolve(report)
      else reject(new Error(`${basename(program.pathname)} ended with ${signal ?? code}.`))
    })
  })
}

/** Sends a program's findings to its parent, and lets it end. */
export function report(found: object): void {
  process.send?.(found, () => process.disconnect())
}
