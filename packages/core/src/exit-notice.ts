import { writeSync } from 'node:fs'

const notices = new Set<() => string | undefined>()

/**
 * Says on stderr, when the process ends without `close()`, what it takes with it. One listener serves all audits of a process.
 * Returns how to take the notice back.
 */
export function onProcessExit(notice: () => string | undefined): () => void {
  if (notices.size === 0) process.on('exit', sayAll)
  notices.add(notice)
  return () => {
    notices.delete(notice)
    if (notices.size === 0) process.off('exit', sayAll)
  }
}

function sayAll(): void {
  for (const notice of notices) {
    const line = notice()
    if (line === undefined) continue
    try {
      // A stream may not get its turn any more; the descriptor does.
      writeSync(2, `audit: ${line}\n`)
    } catch {
      // stderr is gone, and there is nowhere else to say it.
    }
  }
}
