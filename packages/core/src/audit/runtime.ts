import type { Clock } from '../clock.ts'
import { createContextStorage, type ContextStorage } from '../capture/context.ts'
import { createMetadataReader, type MetadataReader } from '../capture/metadata.ts'
import { createPublisher, type Publish } from '../diagnostics.ts'
import { createStamp, type Stamp } from '../event/stamp.ts'
import { createSystemEvents, type SystemEvents } from '../intake/system-events.ts'
import { createReporter, type Reporter } from '../logger.ts'
import type { ResolvedOptions } from '../options/audit-options.ts'

/** The parts that every other part of one audit uses. They hold no events. */
export interface Runtime {
  readonly clock: Clock
  readonly reporter: Reporter
  readonly stamp: Stamp
  readonly systemEvents: SystemEvents
  readonly publish: Publish
  readonly contexts: ContextStorage
  readonly reader: MetadataReader
  /** The audit itself, which diagnostics carry. It has no members before `createAudit()` returns. */
  readonly audit: object
}

export function createRuntime(options: ResolvedOptions, audit: object): Runtime {
  const { clock } = options
  const reporter = createReporter(options.logger, clock)
  const stamp = createStamp(clock)
  return {
    clock,
    reporter,
    stamp,
    systemEvents: createSystemEvents(options.service, stamp),
    publish: createPublisher(audit),
    contexts: createContextStorage(),
    reader: createMetadataReader({ members: options.actorMembers, convert: options.convert, reporter }),
    audit,
  }
}
