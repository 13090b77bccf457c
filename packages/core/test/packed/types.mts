// A program of a user, in ESM: names and payloads are checked, with the catalog registered as the documentation shows.
import { createAudit, defineEvents, memoryJournal, type Audit, type Sink } from '@audit/core'
import type { Cursor, Journal } from '@audit/core/journal'
import { SinkError, type Batch } from '@audit/core/sink'
import { auditRecorder } from '@audit/core/testing'
import { koaAudit } from '@audit/koa'
import { fileSink } from '@audit/sink-file'
import { z } from 'zod'

const events = defineEvents({ flag: { created: z.object({ key: z.string() }) } })
declare module '@audit/core' {
  interface Register {
    events: typeof events
  }
}
const sink = fileSink({ path: 'a.log' })
export const audit: Audit = createAudit({ service: 'typed', events, journal: memoryJournal(), sinks: [sink] })
void audit.record('flag:created', { key: 'a' })
// @ts-expect-error the registered catalog has no such name
void audit.record('flag:creatd', { key: 'a' })
// @ts-expect-error nor such a payload
void audit.record('flag:created', { id: 'a' })

export const { audited } = koaAudit(audit)
audited('flag:created', (ctx) => ({ key: String(ctx.params['key']) }))
// @ts-expect-error the registered catalog has no such name
audited('flag:creatd')

export const refusing: Sink = {
  name: 'refusing',
  write: async (batch: Batch) => {
    throw new SinkError(`Refused ${batch.lines.length} events.`, { retryable: false })
  },
}
export const recorder = auditRecorder({ events })
export const journal: Journal = memoryJournal()
export const cursor: Promise<Cursor> = journal.cursor('typed', { wants: () => true, from: 'oldest' })
