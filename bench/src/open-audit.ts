import {
  createAudit,
  defineEvents,
  fileJournal,
  memoryJournal,
  type Audit,
  type AuditOptions,
  type Sink,
  type SinkEntry,
} from '@audit/core'
import { z } from 'zod'
import type { CaseOptions } from './benchmark.ts'

export const flagUpdate = z.object({ key: z.string(), description: z.string(), enabled: z.boolean(), rollout: z.number() })
const events = defineEvents({ flag: { updated: flagUpdate } })

export type BenchEvents = typeof events
export type BenchAudit = Audit<typeof events>

/** The library with its defaults, ready, on the given journal. Sealed only where the seal is measured. */
export async function openAudit(
  { directory, journal }: CaseOptions,
  sinks: readonly (Sink | SinkEntry)[] = [],
  seal: NonNullable<AuditOptions['seal']> = false,
): Promise<BenchAudit> {
  const held = journal === 'file' ? fileJournal({ directory }) : memoryJournal({ maxBytes: 2 ** 30 })
  const audit = createAudit({ service: 'bench', events, journal: held, sinks, seal })
  await audit.ready()
  return audit
}

/** Throws unless every event was recorded, because lost events cost less. */
export async function closeWhole(audit: BenchAudit): Promise<void> {
  await audit.synced({ timeoutMs: 60_000 })
  const { submitted, recorded } = audit.stats()
  if (submitted !== recorded) throw new Error(`Only ${recorded} of ${submitted} events were recorded.`)
  await audit.close()
}
