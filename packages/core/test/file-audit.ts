import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { z } from 'zod'
import {
  createAudit,
  defineEvents,
  type AnyCatalog,
  type Audit,
  type AuditEvent,
  type AuditOptions,
  type Sink,
} from '../src/index.ts'
import { fastClock } from './fast-clock.ts'

const payload = z.object({ key: z.string() })
const events: AnyCatalog = defineEvents({ flag: { created: payload, deleted: { payload, failMode: 'closed' } } })

export type FileAudit = Audit<AnyCatalog>

/** An audit on a clock that runs fast, closed at the end of the test, and not sealed. What its logger was told is in `said`. */
export function openAudit(options: Omit<AuditOptions, 'service' | 'events'> & { readonly service?: string }): {
  readonly audit: FileAudit
  readonly said: readonly string[]
} {
  const said: string[] = []
  const logger = { warn: (message: string) => said.push(message), error: (message: string) => said.push(message) }
  // A slow disk must not look like one that hangs, however fast the clock.
  const audit = createAudit({ service: 'svc', maxWaitMs: 600_000, clock: fastClock(), logger, seal: false, ...options, events })
  onTestFinished(() => audit.close({ timeoutMs: 100 }))
  return { audit, said }
}

/** A sink that waits for ever. */
export function stuckSink(name: string): Sink {
  return { name, write: () => new Promise(() => undefined) }
}

/** The directory of the log this audit writes. */
export async function sourceDirectory(audit: FileAudit, root: string): Promise<string> {
  await audit.ready()
  const [service, , id] = audit.health().journal.source!.split('/')
  return join(root, `${service}-${id}`)
}

/** The segments of a log by name, oldest first. */
export function segmentsOf(directory: string): ReadonlyMap<string, string> {
  const log = join(directory, 'log')
  const names = existsSync(log) ? readdirSync(log).toSorted() : []
  return new Map(names.map((name) => [name, readFileSync(join(log, name), 'utf8')]))
}

/** What an event is about: its key, or for a fact its name. */
export function about(event: AuditEvent): string {
  return event.type === 'audit' ? `audit:${event.action}` : (event.payload as { readonly key: string }).key
}
