import type { Clock } from '../clock.ts'
import type { Publish } from '../diagnostics.ts'
import type { Reporter } from '../logger.ts'
import type { FailMode } from '../event/event.ts'
import type { JournalCapabilities } from '../journal/capabilities.ts'
import type { Journal } from '../journal/journal.ts'
import type { SystemEvents } from './system-events.ts'
import type { QueueLimits } from './queue.ts'

export interface IntakeOptions {
  readonly clock: Clock
  readonly journal: Journal
  readonly capabilities: Pick<JournalCapabilities, 'synchronous'>
  readonly systemEvents: SystemEvents
  readonly reporter: Reporter
  readonly publish: Publish
  readonly queue: QueueLimits
  readonly maxWaitMs: number
  readonly lingerMs: number
  readonly maxEventBytes: number
}

export interface SubmitOptions {
  readonly bytes: number
  readonly failMode: FailMode
  /** May use the reserved part of the queue, and is accepted while the audit closes. */
  readonly privileged: boolean
  /** May wait up to `lingerMs` for others. */
  readonly linger: boolean
}
