import { appendFileSync, existsSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generateKeyPair, leafHash, parseCheckpoint, parseNote, parseSigningKey } from '@audit/proof'
import { describe, expect, test, vi } from 'vitest'
import { about, openAudit, sourceDirectory } from './file-audit.ts'
import { overriddenDisk } from './overridden-disk.ts'
import { temporaryDirectory } from './temporary-directory.ts'
import { fileJournal, memorySink, SinkError, type AuditEvent, type Sink } from '../src/index.ts'
import type { ReplayOutcome } from '../src/audit/dead-letters-api.ts'
import { checkedLine } from '../src/log-format/checked-line.ts'
import { fileJournalOn } from '../src/file-journal/file-journal.ts'
import { nodeFileSystem } from '../src/log-format/node-file-system.ts'

// An attacker who can write the files, but has no key, changes covered events, the times of files, the places of sinks, dead
// letters and commands (issue 14, B6, B8, B11, B12, B13). Matching events are delivered, and the trail reports the others.

const { signingKey } = generateKeyPair('svc')
const seal = { key: signingKey, everyMs: 100 }
const WAIT = { timeout: 120_000, interval: 10 }
const flags = (sink: Sink) => ({ sink, events: ['flag:*'] })
const TAIL = /(?:,"tag":"[\w-]{22}")?,"crc":"[0-9a-f]{8}"}$/

interface Trail {
  readonly root: string
  readonly log: string
}

/** A closed log with these keys, all covered by its checkpoint. Without a sink, none of them was delivered. */
async function closedLog(keys: readonly string[], out?: Sink): Promise<Trail> {
  const root = temporaryDirectory()
  const journal = fileJournal({ directory: root, segmentBytes: 4_096 })
  const { audit } = openAudit({ journal, sinks: out ? [flags(out)] : [], seal })
  const log = await sourceDirectory(audit, root)
  for (const key of keys) await audit.record('flag:created', { key })
  await audit.close({ timeoutMs: 600_000 })
  return { root, log }
}
const keys = (count: number) => Array.from({ length: count }, (_, index) => `k${index}`)

async function started({ root }: Trail, sink: Sink = memorySink({ name: 'out' })) {
  const systemEvents = memorySink({ name: 'facts' })
  const { audit, said } = openAudit({
    journal: fileJournal({ directory: root, segmentBytes: 4_096 }),
    sinks: [
      { sink, events: ['flag:*'], from: 'oldest' },
      { sink: systemEvents, events: ['audit:*'], from: 'oldest' },
    ],
    seal,
  })
  await audit.ready()
  const payloadsOf = (action: string) =>
    systemEvents.events.filter((event) => event.action === action).map(({ payload }) => payload as Record<string, unknown>)
  return { audit, said, payloadsOf }
}

/** Rewrites the line of one event with a checksum that fits. */
function alter({ log }: Trail, key: string, change: (event: string) => string): string {
  for (const name of readdirSync(join(log, 'log'))) {
    const path = join(log, 'log', name)
    const lines = readFileSync(path, 'utf8').split('\n')
    const index = lines.findIndex((line) => line.includes(`"key":"${key}"`))
    if (index === -1) continue
    const tail = /,"tag":"[\w-]{22}"/.exec(lines[index]!)?.[0] ?? ''
    const changed = change(lines[index]!.replace(TAIL, '}'))
    lines[index] = checkedLine(changed.slice(0, -1) + tail)
      .toString()
      .trimEnd()
    writeFileSync(path, lines.join('\n'))
    return changed
  }
  throw new Error(`There is no event '${key}'.`)
}
const forge = (event: string) => event.replace(/"key":"k/, '"key":"F')
const checkpointOf = ({ log }: Trail) => readFileSync(join(log, 'checkpoint'), 'utf8')
const sequenceOf = (event: string) => (JSON.parse(event) as { readonly sequence: number }).sequence

describe('case 06: changes of covered events', () => {
  test('a changed event that was delivered before ends its log: nothing more is signed there, and the trail records the place', async () => {
    const trail = await closedLog(keys(40), memorySink({ name: 'out' }))
    const sequence = sequenceOf(alter(trail, 'k7', forge))
    const checkpoint = checkpointOf(trail)
    const { audit, payloadsOf } = await started(trail)
    expect(await sourceDirectory(audit, trail.root)).not.toBe(trail.log)
    const source = JSON.parse(readFileSync(join(trail.log, 'source.json'), 'utf8')).source
    const recovered = { source, reason: 'changed', from: sequence, to: sequence + 1, count: 1 }
    await vi.waitFor(() => expect(payloadsOf('recovered')).toContainEqual(recovered), WAIT)
    await audit.close({ timeoutMs: 600_000 })
    expect(checkpointOf(trail)).toBe(checkpoint)
    expect(JSON.parse(readFileSync(join(trail.log, 'damaged.json'), 'utf8'))).toEqual({ reason: 'changed' })
  })

  test.each<[string, (trail: Trail, changed: string) => void]>([
    ['', () => undefined],
    [', and its leaf too', (trail, changed) => setLeaf(trail, changed)],
    [', and all hashes are gone', ({ log }) => rmSync(join(log, 'tiles'), { recursive: true })],
  ])('a changed event that was not delivered yet is never delivered%s; events shown to be unchanged are', async (_, cover) => {
    const trail = await closedLog(keys(300))
    cover(trail, alter(trail, 'k7', forge))
    const out = memorySink({ name: 'out' })
    const { audit, payloadsOf } = await started(trail, out)
    await audit.record('flag:created', { key: 'after' })
    const lost = () => payloadsOf('lost').flatMap(({ losses }) => losses as { reason: string; sink: string; count: number }[])
    await vi.waitFor(() => {
      expect(out.events.map(about)).toContain('after')
      expect(lost().some(({ reason, sink }) => reason === 'changed' && sink === 'out')).toBe(true)
    }, WAIT)
    await vi.waitFor(() => expect(audit.stats().sinks['out']!.pending).toBe(0), WAIT)
    const delivered = new Set(out.events.map(about))
    expect(delivered).not.toContain('F7')
    expect(delivered).not.toContain('k7')
    const count = lost().reduce((sum, loss) => sum + (loss.sink === 'out' && loss.reason === 'changed' ? loss.count : 0), 0)
    const missing = keys(300).filter((key) => !delivered.has(key))
    // A changed line does not show its kind, so events that the sink would not want are counted too.
    expect(count).toBeGreaterThanOrEqual(missing.length)
    expect(missing.length).toBeGreaterThan(0)
    // Every event outside of the 256 that share a tile with it is still shown by its own hash.
    if (cover.length === 2 || existsSync(join(trail.log, 'tiles')))
      expect(missing.every((key) => Number(key.slice(1)) < 256)).toBe(true)
  })

  test('an event that only seems changed because of damaged hashes is delivered', async () => {
    const trail = await closedLog(keys(300))
    writeFileSync(join(trail.log, 'tiles/0'), Buffer.alloc(32, 1), { flag: 'r+' })
    const out = memorySink({ name: 'out' })
    await started(trail, out)
    await vi.waitFor(() => expect(new Set(out.events.map(about))).toEqual(new Set(keys(300))), WAIT)
  })
})

function setLeaf({ log }: Trail, event: string): void {
  const tiles = readFileSync(join(log, 'tiles/0'))
  tiles.set(leafHash(event), sequenceOf(event) * 32)
  writeFileSync(join(log, 'tiles/0'), tiles)
}

describe('retention', () => {
  const day = 86_400_000
  const retained = (root: string, retentionMs: number) =>
    openAudit({
      journal: fileJournal({ directory: root, segmentBytes: 4_096, retentionMs }),
      sinks: [flags(memorySink({ name: 'out' }))],
      seal,
    })

  test('B11: retention uses the times of the events, not the times of the files', async () => {
    const trail = await closedLog(keys(60), memorySink({ name: 'out' }))
    const segments = readdirSync(join(trail.log, 'log'))
    const long = new Date(Date.now() - 365 * day)
    for (const name of segments) utimesSync(join(trail.log, 'log', name), long, long)
    const { audit } = retained(trail.root, 300 * day)
    expect(await sourceDirectory(audit, trail.root)).toBe(trail.log)
    for (let round = 0; round < 20; round++) await audit.record('flag:created', { key: `later ${round}` })
    await audit.flush()
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect(readdirSync(join(trail.log, 'log'))).toEqual(expect.arrayContaining(segments.slice(0, -1)))
  })

  test('row 9: a segment is removed only when a checkpoint covers the event for it, and not while the signer is away', async () => {
    let isAway = false
    const signer = parseSigningKey(signingKey)
    const kms = { ...signer, sign: (text: Uint8Array) => (isAway ? Promise.reject(new Error('away')) : signer.sign(text)) }
    const root = temporaryDirectory()
    const removed: string[] = []
    const uncovered: string[] = []
    const disk = overriddenDisk(nodeFileSystem, {
      async remove(path) {
        if (/log\/\d{20}\./.test(path)) {
          removed.push(path)
          const { size } = parseCheckpoint(parseNote(readFileSync(join(path, '../../checkpoint'), 'utf8')).text)
          const covered = linesIn(join(path, '..')).filter(
            (line) => sequenceOf(line) < size && line.includes('"action":"trimmed"'),
          )
          const next = Math.min(
            ...readdirSync(join(path, '..'))
              .map((name) => Number(name.slice(0, 20)))
              .filter((first) => first > Number(/(\d{20})\./.exec(path)![1])),
          )
          if (!covered.some((line) => JSON.parse(line).payload.firstKept >= next)) uncovered.push(path)
        }
        return nodeFileSystem.remove(path)
      },
    })
    const { audit } = openAudit({
      journal: fileJournalOn(disk, { directory: root, segmentBytes: 4_096, retentionMs: 20_000 }),
      sinks: [flags(memorySink({ name: 'out' }))],
      seal: { key: kms, everyMs: 100 },
    })
    for (const key of keys(60)) await audit.record('flag:created', { key })
    await audit.flush()
    await vi.waitFor(() => expect(removed.length).toBeGreaterThan(2), WAIT)
    isAway = true
    for (const key of keys(60)) await audit.record('flag:created', { key })
    await audit.flush()
    const before = removed.length
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect(removed.length - before).toBeLessThanOrEqual(60)
    isAway = false
    await vi.waitFor(() => expect(removed.length).toBeGreaterThan(before + 2), WAIT)
    expect(uncovered).toEqual([])
  })

  test('the segment with the last event that a checkpoint covers is never trimmed', async () => {
    const root = temporaryDirectory()
    const { audit } = retained(root, 1_000)
    const log = await sourceDirectory(audit, root)
    for (const key of keys(60)) await audit.record('flag:created', { key })
    await audit.flush()
    await vi.waitFor(() => expect(Number(readdirSync(join(log, 'log')).toSorted()[0]!.slice(0, 20))).toBeGreaterThan(20), WAIT)
    await audit.close({ timeoutMs: 600_000 })
    const { size } = parseCheckpoint(parseNote(readFileSync(join(log, 'checkpoint'), 'utf8')).text)
    expect(linesIn(join(log, 'log')).map(sequenceOf)).toContain(size - 1)
  })
})

function linesIn(log: string): string[] {
  return readdirSync(log).flatMap((name) =>
    readFileSync(join(log, name), 'utf8')
      .split('\n')
      .filter((line) => TAIL.test(line))
      .map((line) => line.replace(TAIL, '}')),
  )
}

test('B12: a place beyond the end of the log is rejected: the sink begins at the oldest event, and the trail records it', async () => {
  const trail = await closedLog(keys(5))
  appendFileSync(join(trail.log, 'offsets.ndjson'), checkedLine('{"offsets":{"out":700,"gone":900}'))
  const out = memorySink({ name: 'out' })
  const { audit, payloadsOf } = await started(trail, out)
  expect(await sourceDirectory(audit, trail.root)).toBe(trail.log)
  await audit.flush()
  expect(out.events.map(about)).toEqual(keys(5))
  await vi.waitFor(() => {
    const beyond = payloadsOf('recovered').filter(({ reason }) => reason === 'offset-beyond-end')
    expect(beyond.map(({ sink, offset, from }) => [sink, offset, from])).toEqual([
      ['out', 700, 0],
      ['gone', 900, 0],
    ])
  }, WAIT)
})

test('B8: a log that begins behind its checkpoint is not continued', async () => {
  const trail = await closedLog(keys(60), memorySink({ name: 'out' }))
  for (const name of readdirSync(join(trail.log, 'log'))) rmSync(join(trail.log, 'log', name))
  const line = `{"type":"audit","action":"trimmed","payload":{"firstKept":700},"source":"svc","sequence":700`
  writeFileSync(join(trail.log, 'log', `${'700'.padStart(20, '0')}.1-0.ndjson`), checkedLine(line), { mode: 0o600 })
  appendFileSync(join(trail.log, 'tiles/0'), Buffer.alloc(640 * 32, 5))
  appendFileSync(join(trail.log, 'offsets.ndjson'), checkedLine('{"offsets":{"seal":700}'))
  const { audit } = await started(trail)
  expect(await sourceDirectory(audit, trail.root)).not.toBe(trail.log)
})

describe('dead letters', () => {
  /** Refuses poison events and accepts the others. */
  function picky(poison: Set<string>): Sink & { readonly taken: AuditEvent[] } {
    const taken: AuditEvent[] = []
    return {
      name: 'out',
      taken,
      async write({ events }) {
        const refused = events.flatMap((event, index) => (poison.has(about(event)) ? [index] : []))
        taken.push(...events.filter((_, index) => !refused.includes(index)))
        if (refused.length > 0) throw new SinkError('no', { retryable: false, refused })
      },
    }
  }

  async function withLetters() {
    const root = temporaryDirectory()
    const poison = new Set(['k1', 'k2'])
    const sink = picky(poison)
    const systemEvents = memorySink({ name: 'facts' })
    const { audit } = openAudit({
      journal: fileJournal({ directory: root }),
      sinks: [flags(sink), { sink: systemEvents, events: ['audit:*'] }],
      seal,
    })
    const log = await sourceDirectory(audit, root)
    for (const key of keys(4)) await audit.record('flag:created', { key })
    await audit.flush()
    await vi.waitFor(() => expect(audit.health().journal.seal!.size).toBeGreaterThan(4), WAIT)
    poison.clear()
    sink.taken.length = 0
    return { audit, sink, systemEvents, path: join(log, 'dead-letters/out.ndjson'), log }
  }
  const plant = (path: string, change: (line: string) => string) => {
    const [first] = readFileSync(path, 'utf8').split('\n')
    const letter = change(first!.replace(TAIL, '}')).replace(/"id":"[^"]{30}/g, (id) => `${id.slice(0, -2)}00`)
    appendFileSync(path, checkedLine(letter.slice(0, -1)))
  }

  test('dead letters that match their log are replayed', async () => {
    const { audit, sink } = await withLetters()
    expect(await audit.deadLetters.replay({ sink: 'out' })).toEqual({ replayed: 2, refused: 0, unproven: [] })
    expect(sink.taken.map(about)).toEqual(['k1', 'k2'])
  })

  test('B13: planted dead letters are not sent, not even by force if they differ from their log', async () => {
    const { audit, sink, systemEvents, path } = await withLetters()
    plant(path, (letter) => letter.replace('"key":"k', '"key":"F'))
    plant(path, (letter) => letter.replace(/"source":"svc\/[^"]*"/, '"source":"svc/host/aaaaaaaa"').replace('"id":"0', '"id":"f'))
    const letters = await audit.deadLetters.list({ sink: 'out' })
    expect(letters).toHaveLength(4)
    const outcome = await audit.deadLetters.replay({ sink: 'out' })
    expect(outcome).toMatchObject({ replayed: 2, refused: 0 })
    expect(outcome.unproven.map(({ reason }) => reason).toSorted()).toEqual(['changed', 'no-log'])
    expect(sink.taken.map(about)).toEqual(['k1', 'k2'])
    await expect(audit.deadLetters.replay({ sink: 'out', force: true })).rejects.toMatchObject({ code: 'AUDIT_INVALID_OPTIONS' })
    const forced = await audit.deadLetters.replay({ sink: 'out', force: true, by: 'ada' })
    expect(forced).toMatchObject({ replayed: 1, unproven: [{ reason: 'changed' }] })
    await audit.flush()
    const replayed = systemEvents.events.find(({ action }) => action === 'replayed')!
    expect(replayed.payload).toMatchObject({ sink: 'out', by: 'ada', count: 1 })
    expect(sink.taken.map(about)).not.toContain('F1')
  })

  test('a planted letter with a number that no event has does not keep the others, and force does not send it', async () => {
    const { audit, sink, path } = await withLetters()
    const numbers = ['-1', '-9007199254740991', '0.5', '1e300', '9007199254740993', '"2"', 'null', '[]', '{"a":{}}']
    for (const number of numbers) plant(path, (letter) => letter.replace(/"sequence":\d+/, `"sequence":${number}`))
    const changed = numbers.map(() => 'changed')
    const reasons = ({ unproven }: ReplayOutcome) => unproven.map(({ reason }) => reason)
    const outcome = await audit.deadLetters.replay({ sink: 'out' })
    expect(outcome).toMatchObject({ replayed: 2, refused: 0 })
    expect(reasons(outcome)).toEqual(changed)
    expect(reasons(await audit.deadLetters.replay({ sink: 'out', force: true, by: 'ada' }))).toEqual(changed)
    expect(sink.taken.map(about)).toEqual(['k1', 'k2'])
  })

  test('B13: a command in a file is recorded as such, and the name in it as a claim', async () => {
    const { audit, systemEvents, log } = await withLetters()
    const command = { command: 'purge-dead-letters', sink: 'out', by: 'ceo@example.com' }
    writeFileSync(join(log, 'commands/1.json'), JSON.stringify(command))
    await vi.waitFor(() => expect(existsSync(join(log, 'commands/1.done'))).toBe(true), WAIT)
    await audit.flush()
    const { payload } = systemEvents.events.find(({ action }) => action === 'purged')!
    expect(payload).toMatchObject({ sink: 'out', via: 'file', claimedBy: 'ceo@example.com', count: 2 })
    expect(payload).not.toHaveProperty('by')
  })
})
