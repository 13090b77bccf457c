import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Sink } from '@audit/core'
import { expect, onTestFinished, test } from 'vitest'
import { openAudit, temporaryDirectory } from '../../test/real-journal.ts'
import { runAudit } from '../../test/run-audit.ts'

// `format-1.json` has ten journals that the last version of format 1 (commit b312ebf) wrote, and what its sinks accepted. Their
// processes were closed, or killed with a sink that did not answer. There are orphaned logs, a dead letter, and a torn end.

interface Journal {
  /** Keys of the acknowledged events. */
  readonly recorded: readonly string[]
  /** Keys that each sink accepted. */
  readonly delivered: Readonly<Record<string, readonly string[]>>
  /** Keys of the dead letters. */
  readonly letters: readonly string[]
  /** The content of each file, as latin1. */
  readonly files: Readonly<Record<string, string>>
}

const { signingKey, verifierKey, journals } = JSON.parse(
  readFileSync(new URL('../../test/format-1.json', import.meta.url), 'utf8'),
) as { readonly signingKey: string; readonly verifierKey: string; readonly journals: Readonly<Record<string, Journal>> }
const names = Object.keys(journals)

function restored(name: string): string {
  const directory = join(temporaryDirectory(), '.audit')
  for (const [path, content] of Object.entries(journals[name]!.files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true })
    writeFileSync(join(directory, path), content, { encoding: 'latin1', mode: 0o600 })
  }
  return directory
}

const isSigned = (name: string) => name.endsWith('-signed')

/** Opens the journal with sinks that accept everything, and returns the keys that each gets. */
function opened(name: string, directory: string, sinkNames: readonly string[]) {
  const keys: Record<string, string[]> = {}
  const sinks = sinkNames.map((sinkName) => {
    const got: string[] = (keys[sinkName] = [])
    const write: Sink['write'] = async ({ events }) => {
      for (const { type, payload } of events) if (type === 'flag') got.push((payload as { readonly key: string }).key)
    }
    return { sink: { name: sinkName, write }, from: 'oldest' as const }
  })
  const audit = openAudit(directory, { sinks, ...(isSigned(name) && { seal: { key: signingKey } }) })
  return { audit, keys }
}

/** Exit code 0 if nothing is wrong, and 4 if, in addition, some events are not proven. */
async function verified(name: string, directory: string): Promise<number> {
  const { code } = await runAudit(['verify', directory, ...(isSigned(name) ? ['--key', verifierKey] : [])])
  return code
}

/** Every file below a directory, byte for byte. */
function contentsOf(directory: string): ReadonlyMap<string, string> {
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' }).toSorted()
  const read = files.filter((name) => statSync(join(directory, name)).isFile())
  return new Map(read.map((name) => [name, readFileSync(join(directory, name), 'latin1')]))
}

test.each(names)(
  'after an upgrade of %s, each sink gets exactly the events that it lacks, and verify finds nothing',
  async (name) => {
    const { recorded, delivered, letters } = journals[name]!
    const directory = restored(name)
    const code = await verified(name, directory)
    expect([0, 4]).toContain(code)
    const upgraded = await runAudit(['journal', 'upgrade', directory, '--json'])
    expect(upgraded).toMatchObject({ code: 0, error: '' })
    expect(await verified(name, directory)).toBe(code)
    const { audit, keys } = opened(name, directory, ['webhook', ...Object.keys(delivered).filter((sink) => sink !== 'webhook')])
    await audit.ready()
    const keyFile = join(temporaryDirectory(), 'seal.key')
    writeFileSync(keyFile, signingKey, { mode: 0o600 })
    let released = 0
    const missingFor = (sink: string) => recorded.filter((key) => !delivered[sink]?.includes(key) && !letters.includes(key))
    const isComplete = async () => {
      for (const { log, lines } of await audit.held.list()) {
        const ran = await runAudit(['journal', 'release', log, directory, '--by', 'ada', '--key-file', keyFile])
        expect(ran).toMatchObject({ code: 0, error: '' })
        released += lines
      }
      return Object.entries(keys).every(([sink, got]) => got.length >= missingFor(sink).length)
    }
    await expect.poll(isComplete, { timeout: 300_000, interval: 100 }).toBe(true)
    await audit.flush()
    expect(await audit.deadLetters.list()).toHaveLength(letters.length)
    await audit.close()
    for (const [sink, got] of Object.entries(keys)) expect(got.toSorted(), sink).toEqual(missingFor(sink).toSorted())
    const uncovered = (JSON.parse(upgraded.out) as readonly { readonly uncovered: number }[]).map((log) => log.uncovered)
    expect(released).toBe(isSigned(name) ? uncovered.reduce((sum, each) => sum + each) : 0)
    expect(await verified(name, directory)).toBe(0)
  },
)

test('an upgrade keeps the offset of a sink that is not configured', async () => {
  const directory = restored('detached-signed')
  await runAudit(['journal', 'upgrade', directory])
  const first = opened('detached-signed', directory, ['webhook'])
  await first.audit.ready()
  await expect.poll(() => first.keys['webhook'], { timeout: 300_000 }).toEqual(['a2', 'a3'])
  await first.audit.close()
  const second = opened('detached-signed', directory, ['webhook', 'old'])
  await expect.poll(() => second.keys['old'], { timeout: 300_000 }).toEqual(['a2', 'a3'])
  await second.audit.close()
  expect(second.keys['webhook']).toEqual([])
})

test.each(names)('show, tail and verify read %s without an upgrade, and a dry run changes nothing', async (name) => {
  const directory = restored(name)
  const before = contentsOf(directory)
  expect([0, 4]).toContain(await verified(name, directory))
  const { out } = await runAudit(['tail', directory, '--json', '--events', 'flag:*', '--limit', '100'])
  const events = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { readonly id: string; readonly payload: { readonly key: string } })
  expect(events.map(({ payload }) => payload.key).toSorted()).toEqual(journals[name]!.recorded.toSorted())
  expect((await runAudit(['show', events[0]!.id, directory])).code).toBe(0)
  const dry = await runAudit(['journal', 'upgrade', directory, '--dry-run'])
  expect(dry).toMatchObject({ code: 0, out: expect.stringContaining('would be converted to format 2') })
  expect(contentsOf(directory)).toEqual(before)
})

test('ready() names the upgrade, and the same journal opens after it', async () => {
  const directory = restored('killed-unsigned')
  const { audit } = opened('killed-unsigned', directory, ['webhook'])
  await expect(audit.ready()).rejects.toMatchObject({
    code: 'AUDIT_JOURNAL_UNAVAILABLE',
    message: expect.stringContaining(`'audit journal upgrade ${directory}'`),
  })
  expect((await runAudit(['journal', 'upgrade', directory])).code).toBe(0)
  const again = opened('killed-unsigned', directory, ['webhook'])
  await again.audit.ready()
})

test('an upgrade changes no log while a process uses one of them', async () => {
  const directory = restored('orphans-signed')
  const last = readdirSync(directory).toSorted().at(-1)!
  const database = new DatabaseSync(join(directory, last, 'lock.db'))
  onTestFinished(() => database.close())
  database.exec('BEGIN EXCLUSIVE')
  const before = contentsOf(directory)
  const refused = await runAudit(['journal', 'upgrade', directory])
  expect(refused).toMatchObject({ code: 3, out: '' })
  expect(refused.error).toContain(`A process uses the log '${join(directory, last)}'. Stop it first.`)
  expect(contentsOf(directory)).toEqual(before)
})

test('an upgrade says which events a service with a key will hold, and that converted logs need nothing', async () => {
  const directory = restored('killed-signed')
  const [log] = readdirSync(directory)
  const first = await runAudit(['journal', 'upgrade', directory])
  expect(first.out).toMatch(
    new RegExp(`^${log}: converted to format 2\n  2 events after the checkpoint have no tag\\. A service`),
  )
  expect((await runAudit(['journal', 'upgrade', directory])).out).toBe(`${log}: has nothing to convert\n`)
})
