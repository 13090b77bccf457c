import { mkdtemp, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createAudit } from '../create-audit.ts'
import { defineEvents } from '../event/catalog.ts'
import { noPayload } from '../event/schema.ts'
import { SinkError } from '../sink/sink-error.ts'
import { fileJournal } from './file-journal.ts'

const DEADLINE = { timeout: 120_000 }

let directory: string
beforeEach(async () => void (directory = await mkdtemp(join(tmpdir(), 'audit-commands-'))))
afterEach(() => rm(directory, { recursive: true }))

const events = defineEvents({ flag: { created: noPayload } })
const logger = { warn: () => undefined, error: () => undefined }

async function ask(text: string): Promise<unknown> {
  const source = (await readdir(directory)).find((name) => name.startsWith('flags-'))
  const path = join(directory, source!, 'commands', 'one')
  await writeFile(`${path}.tmp`, text)
  await rename(`${path}.tmp`, `${path}.json`)
  return JSON.parse(await vi.waitUntil(() => readFile(`${path}.done`, 'utf8').catch(() => undefined), DEADLINE)) as unknown
}

test('the owner of a log carries out the command of another process', async () => {
  let isPicky = true
  const stored: string[] = []
  const sink = {
    name: 'picky',
    async write({ events: given }: { readonly events: readonly { readonly id: string; readonly type: string }[] }) {
      const refused = given.flatMap(({ type }, index) => (isPicky && type === 'flag' ? [index] : []))
      stored.push(...given.filter((_, index) => !refused.includes(index)).map(({ id }) => id))
      if (refused.length > 0) throw new SinkError('No flags.', { retryable: false, refused })
    },
  }
  await using audit = createAudit({ service: 'flags', events, logger, journal: fileJournal({ directory }), sinks: [sink] })
  await audit.ready()
  const { id } = await audit.record('flag:created', null)
  await audit.flush()
  expect((await audit.deadLetters.list()).map((letter) => letter.id)).toEqual([id])

  isPicky = false
  await vi.waitUntil(() => audit.health().status === 'ok', DEADLINE)
  expect(await ask('{"command":"replay-dead-letters","sink":"picky"}')).toEqual({ ok: true, result: { replayed: 1, refused: 0 } })
  expect(stored).toContain(id)
  expect(await audit.deadLetters.list()).toEqual([])
})

test.each([
  ['{"command":"format-disk"}', /command: give one of .*; sink: give its name/],
  ['{"command":"purge-dead-letters","sink":"x"}', /by: name the person who asks/],
  ['no json', /JSON/],
])('an invalid command is answered, and changes nothing: %s', async (text, message) => {
  await using audit = createAudit({ service: 'flags', events, logger, journal: fileJournal({ directory }) })
  await audit.ready()
  expect(await ask(text)).toEqual({ ok: false, code: 'AUDIT_INVALID_OPTIONS', message: expect.stringMatching(message) as string })
})
