import { readdirSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { atPace } from '../pace.ts'
import type { Account } from './account.ts'
import { sinkNames, type SubjectPlan } from './subject-plan.ts'
import { SubjectProcess, type Ending } from './subject-process.ts'

/** A process looks for orphaned logs every 15 seconds, and adopts one at a time. */
const ADOPTION_LIMIT_MS = atPace(90_000)
const POLL_MS = 500

/**
 * Lets one process deliver everything in a directory. If there are several logs, it gets the time to adopt them while
 * acknowledged events are missing.
 */
export async function deliverAll(plan: SubjectPlan, account: Account): Promise<Ending> {
  const subject = new SubjectProcess({ ...plan, task: 'drain' }, () => undefined)
  await subject.drained
  // A control that loses events is detected without this wait.
  const mayAdopt = plan.journal === 'file' && countLogs(plan.directory) > 1
  const until = performance.now() + (mayAdopt ? ADOPTION_LIMIT_MS : 0)
  while (performance.now() < until && !account.isDelivered(plan.deliveries, sinkNames(plan.hasHeldSink))) await delay(POLL_MS)
  subject.stop()
  return subject.ended
}

function countLogs(directory: string): number {
  try {
    return readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isDirectory()).length
  } catch {
    return 0
  }
}
