import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createAudit,
  defineEvents,
  fileJournal,
  SinkError,
  type AnyCatalog,
  type Audit,
  type AuditOptions,
  type Schema,
  type Sink,
} from '@audit/core'
import { onTestFinished } from 'vitest'

const anything: Schema = { '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) } }
const events: AnyCatalog = defineEvents({ flag: { created: anything, deleted: anything } })

/** Creates a directory that is removed at the end of the test. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'audit-cli-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

/** A sink that refuses poisoned events permanently while it is picky. */
export function pickySink(name: string): Sink & { isPicky: boolean } {
  return {
    name,
    isPicky: true,
    async write(batch) {
      const refused = batch.lines.flatMap((line, index) => (this.isPicky && line.includes('poison') ? [index] : []))
      if (refused.length > 0) throw new SinkError('It is poisoned.', { retryable: false, refused })
    },
  }
}

/** Opens a real audit on a directory. It is closed at the end of the test. */
export function openAudit(directory: string, options: Partial<AuditOptions> = {}): Audit<AnyCatalog> {
  const logger = { warn: () => undefined, error: () => undefined }
  const audit = createAudit({
    service: 'flags-api',
    events,
    journal: fileJournal({ directory }),
    logger,
    ...options,
  } as AuditOptions)
  onTestFinished(() => audit.close({ timeoutMs: 100 }))
  return audit as Audit<AnyCatalog>
}

const ada = { authentication: 'oidc', id: 'u_1', email: 'ada@example.com' }
const bot = { authentication: 'token', id: 'u_2' }
const flag = (id: string) => ({ target: { type: 'flag', id } })

/** Records some events of every status. The last two are an attempt and its outcome. */
export async function recordSome(audit: Audit<AnyCatalog>): Promise<void> {
  await audit.ready()
  await audit.run({ actor: ada, tenant: 'acme' }, async () => {
    await audit.record('flag:created', { key: 'flipt', enabled: true }, flag('flipt'))
    await audit.record('flag:created', { key: 'dark' }, flag('\u001b[31mdark\u202e'))
  })
  await audit.run({ actor: bot }, async () => {
    await audit.record('flag:deleted', { key: 'flipt' }, flag('flipt'))
    await audit.denied('flag:deleted', { ...flag('dark'), reason: 'forbidden' })
    await audit.attempt('flag:deleted', { key: 'dark' }, () => Promise.resolve(), flag('dark'))
  })
  await audit.synced()
}
