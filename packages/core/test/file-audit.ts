import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
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
import { nodeFileSystem } from '../src/log-format/node-file-system.ts'
import { fastClock } from './fast-clock.ts'

const payload = z.object({ key: z.string() })
const events: AnyCatalog = defineEvents({ flag: { created: payload, deleted: { payload, failMode: 'closed' } } })

export type FileAudit = Audit<AnyCatalog>

interface TimeoutOptions {
  readonly timeoutMs?: number
}

/** One minute of real time on the fast clock: a slow disk must not look like one that hangs. */
const PATIENT_MS = 3_000_000

/** Opens an audit on a fast clock. It is not sealed, and closed at the end of the test. `said` has the messages of its logger. */
export function openAudit(options: Omit<AuditOptions, 'service' | 'events'> & { readonly service?: string }): {
  readonly audit: FileAudit
  readonly said: readonly string[]
} {
  const said: string[] = []
  const logger = { warn: (message: string) => said.push(message), error: (message: string) => said.push(message) }
  const made = createAudit({ service: 'svc', maxWaitMs: 600_000, clock: fastClock(), logger, seal: false, ...options, events })
  const audit = Object.create(made, {
    flush: { value: (given?: TimeoutOptions) => made.flush({ timeoutMs: PATIENT_MS, ...given }) },
    close: { value: (given?: TimeoutOptions) => made.close({ timeoutMs: PATIENT_MS, ...given }) },
  }) as FileAudit
  onTestFinished(() => made.close({ timeoutMs: 100 }))
  return { audit, said }
}

/** A sink that waits for ever. */
export function stuckSink(name: string): Sink {
  return { name, write: () => new Promise(() => undefined) }
}

/** The directory of the log that this audit writes. */
export async function sourceDirectory(audit: FileAudit, root: string): Promise<string> {
  await audit.ready()
  const [service, , id] = audit.health().journal.source!.split('/')
  return join(root, `${service}-${id}`)
}

/** Closes an audit whose sinks take nothing more, and waits until its log is free: on a busy machine that may be later. */
export async function closeNow(audit: FileAudit, log: string): Promise<void> {
  await audit.close({ timeoutMs: 10 })
  await expect
    .poll(() => {
      const lock = nodeFileSystem.lock(join(log, 'lock.db'))
      lock?.release()
      return lock
    })
    .toBeDefined()
}

/** The segments of a log by name, oldest first. */
export function segmentsOf(directory: string): ReadonlyMap<string, string> {
  const log = join(directory, 'log')
  const names = existsSync(log) ? readdirSync(log).toSorted() : []
  return new Map(names.map((name) => [name, readFileSync(join(log, name), 'utf8')]))
}

/** A short name for an event: its key, or the name of a system event. */
export function about(event: AuditEvent): string {
  return event.type === 'audit' ? `audit:${event.action}` : (event.payload as { readonly key: string }).key
}
