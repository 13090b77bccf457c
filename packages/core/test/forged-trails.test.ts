import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { generateKeyPair, leafHash, MerkleTree, parseCheckpoint, parseNote, parseSigningKey } from '@audit/proof'
import { expect, test } from 'vitest'
import { about, openAudit, sourceDirectory } from './file-audit.ts'
import { temporaryDirectory } from './temporary-directory.ts'
import { fileJournal, memorySink, type AuditEvent, type SealOptions } from '../src/index.ts'

// An attacker who can write the files, but has no key, changes a trail while no process runs. Whatever the change is, the next
// process neither delivers nor signs an event that it was not given.

const { signingKey } = generateKeyPair('svc')
/** No checkpoint but those at a start and at an end. */
const SELDOM_MS = 3_600_000

interface Trail {
  readonly root: string
  /** Directory of the only log. */
  readonly log: string
}

/** The files of a process that recorded these events: after `close()`, or as a kill leaves them. */
async function trailOf(
  keys: readonly string[],
  { isClosed = false, root = temporaryDirectory(), seal = sealed() } = {},
): Promise<Trail> {
  const { audit } = openAudit({ journal: fileJournal({ directory: root, segmentBytes: 4_096 }), sinks: [], seal })
  const directory = await sourceDirectory(audit, root)
  for (const key of keys) await audit.record('flag:created', { key })
  if (isClosed) {
    await audit.close({ timeoutMs: 600_000 })
    return { root, log: directory }
  }
  const copy = temporaryDirectory()
  cpSync(root, copy, { recursive: true })
  await audit.close({ timeoutMs: 600_000 })
  return { root: copy, log: directory.replace(root, copy) }
}

function sealed(key: SealOptions['key'] = signingKey): SealOptions {
  return { key, everyMs: SELDOM_MS }
}

function serviceOn({ root }: Trail, seal: SealOptions = sealed()) {
  const sink = memorySink()
  const { audit } = openAudit({
    journal: fileJournal({ directory: root, segmentBytes: 4_096 }),
    sinks: [{ sink, from: 'oldest', events: ['*:*'] }],
    seal,
  })
  return { audit, sink }
}

/** Starts the service again, and waits until it delivers nothing more. */
async function startedOn(trail: Trail, seal?: SealOptions, { recovered: reports = 0, problems: shown = 0 } = {}) {
  const { audit, sink } = serviceOn(trail, seal)
  await audit.ready()
  await audit.record('flag:created', { key: 'last' })
  // Logs that are not continued are recovered later.
  await expect.poll(() => sink.events.some((event) => about(event) === 'last')).toBe(true)
  await new Promise((resolve) => setTimeout(resolve, 700))
  await expect
    .poll(() => sink.events.filter((event) => about(event) === 'audit:recovered').length)
    .toBeGreaterThanOrEqual(reports)
  await expect.poll(() => audit.health().problems.length).toBeGreaterThanOrEqual(shown)
  const { problems } = audit.health()
  await audit.close({ timeoutMs: 600_000 })
  const { events } = sink
  const recovered = events
    .filter((event) => about(event) === 'audit:recovered')
    .map(({ payload }) => payload as Record<string, unknown>)
  return { audit, events, recovered, problems }
}

const keysOf = (events: readonly AuditEvent[]) => events.map(about).filter((key) => !key.startsWith('audit:') && key !== 'last')

/** The segments of a log, the one that was written last at the end. */
function segmentsOf({ log }: Trail): readonly string[] {
  const rank = (name: string) => name.split('.')[1]!.split('-').map(Number)[0]! * 1e9 + Number(name.split('.')[0])
  return readdirSync(join(log, 'log'))
    .toSorted((one, other) => rank(one) - rank(other))
    .map((name) => join(log, 'log', name))
}

const TAIL = /(,"tag":"[\w-]{22}")?,"crc":"[0-9a-f]{8}"}$/
const checked = (open: string) => `${open},"crc":"${crc32(open).toString(16).padStart(8, '0')}"}`

function linesOf(path: string): string[] {
  return readFileSync(path, 'utf8').trimEnd().split('\n')
}

function write(path: string, lines: readonly string[]): void {
  writeFileSync(path, lines.map((line) => `${line}\n`).join(''))
}

/** A line like the last one, with another key, the next sequence and a checksum that fits. */
function forged(line: string, sequence: number, key = 'forged'): string {
  const event = JSON.parse(line.replace(TAIL, '}')) as AuditEvent & Record<string, unknown>
  const { source, ...rest } = event
  delete rest['sequence']
  const changed = {
    ...rest,
    type: 'flag',
    action: 'created',
    payload: { key },
    id: event.id.replace(/.$/, (last) => (last === 'f' ? 'e' : 'f')),
  }
  return JSON.stringify({ ...changed, source, sequence }).slice(0, -1)
}

function appendForged(trail: Trail, tag = ''): void {
  const path = segmentsOf(trail).at(-1)!
  const lines = linesOf(path)
  const { sequence } = JSON.parse(lines.at(-1)!.replace(TAIL, '}')) as { sequence: number }
  write(path, [...lines, checked(`${forged(lines.at(-1)!, sequence + 1)}${tag}`)])
}

/** Every leaf under the checkpoint of each log is that of a line the service was given. */
function expectNothingForgedIsSigned({ root }: Trail): void {
  for (const name of readdirSync(root).filter((each) => existsSync(join(root, each, 'checkpoint')))) {
    const log = { root, log: join(root, name) }
    const { size, root: signed } = checkpointOf(log)
    const lines = countingLines(log)
    expect(lines.slice(0, size).join('\n')).not.toContain('forged')
    if (lines.length < size) continue
    const tree = new MerkleTree()
    for (const line of lines.slice(0, size)) tree.append(leafHash(line))
    expect(Buffer.from(tree.root())).toEqual(Buffer.from(signed))
  }
}

function checkpointOf({ log }: Trail): { readonly size: number; readonly root: Uint8Array } {
  return parseCheckpoint(parseNote(readFileSync(join(log, 'checkpoint'), 'utf8')).text)
}

function countingLines(trail: Trail): readonly string[] {
  const lines: string[] = []
  for (const path of segmentsOf(trail)) {
    lines.length = Math.min(lines.length, Number(path.split('/').at(-1)!.slice(0, 20)))
    if (readFileSync(path).length > 0) lines.push(...linesOf(path).map((line) => line.replace(TAIL, '}')))
  }
  return lines
}

test('the log of a killed process is continued, and every acknowledged event is delivered and signed', async () => {
  const trail = await trailOf(['a', 'b', 'c', 'd'])
  const { events, recovered, problems } = await startedOn(trail)
  expect(keysOf(events)).toEqual(['a', 'b', 'c', 'd'])
  expect(recovered).toEqual([])
  expect(problems).toEqual([])
  expectNothingForgedIsSigned(trail)
  // All but the last seal, which the end of the process may have cut off from its own checkpoint.
  expect(checkpointOf(trail).size).toBeGreaterThanOrEqual(countingLines(trail).length - 1)
})

test.each([
  ['without a tag', '', 'torn'],
  ['with a tag', `,"tag":"${'A'.repeat(22)}"`, 'unauthenticated'],
])('a line %s behind the end of a log that was closed is neither delivered nor signed', async (_, tag, reason) => {
  const trail = await trailOf(['a', 'b'], { isClosed: true })
  appendForged(trail, tag)
  const { events, recovered, problems } = await startedOn(trail, undefined, { recovered: 1, problems: reason === 'torn' ? 0 : 1 })
  expect(keysOf(events)).toEqual(['a', 'b'])
  expect(recovered).toEqual([
    {
      source: expect.any(String),
      reason,
      from: expect.any(Number),
      lines: 1,
      bytes: expect.any(Number),
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    },
  ])
  expect(problems.map((problem) => /1 lines of the log .* are held/.test(problem))).toEqual(reason === 'torn' ? [] : [true])
  expectNothingForgedIsSigned(trail)
  const [held] = readdirSync(join(trail.log, 'held'))
  expect(readFileSync(join(trail.log, 'held', held!), 'utf8')).toContain('"key":"forged"')
  // It is reported once.
  expect((await startedOn(trail)).recovered).toEqual([])
})

test('if a line behind the last checkpoint was changed, its group and all later lines are held', async () => {
  const trail = await trailOf(['a', 'b', 'c', 'd'])
  const path = segmentsOf(trail).find((each) => readFileSync(each, 'utf8').includes('"key":"b"'))
  const lines = linesOf(path!).map((line) => {
    if (!line.includes('"key":"b"')) return line
    return checked(line.replace(/,"crc".*/, '').replace('"key":"b"', '"key":"forged"'))
  })
  write(path!, lines)
  const { events, recovered } = await startedOn(trail, undefined, { recovered: 1 })
  expect(keysOf(events)).toEqual(['a'])
  expect(recovered).toMatchObject([{ reason: 'unauthenticated', lines: 3 }])
  expectNothingForgedIsSigned(trail)
})

test.each([
  ['the checkpoint is gone', (trail: Trail) => rmSync(join(trail.log, 'checkpoint')), 'checkpoint-missing'],
  [
    'the checkpoint is signed by another key',
    (trail: Trail) => {
      const text = readFileSync(join(trail.log, 'checkpoint'), 'utf8')
      writeFileSync(join(trail.log, 'checkpoint'), text.replace(/\n\d+\n/, '\n1\n'))
    },
    'checkpoint-not-ours',
  ],
])('if %s, only lines that tags cover from the first line on are delivered', async (_, harm, reason) => {
  const trail = await trailOf(['a', 'b'], { isClosed: true })
  const before = checkpointOf(trail).size
  appendForged(trail)
  harm(trail)
  const { events, recovered } = await startedOn(trail, undefined, { recovered: 1 })
  expect(keysOf(events)).toEqual(['a', 'b'])
  expect(recovered).toMatchObject(expect.arrayContaining([expect.objectContaining({ reason })]))
  expect(existsSync(join(trail.log, 'checkpoint')) ? checkpointOf(trail).size : before).toBeLessThanOrEqual(before)
})

test.each([
  ['without a checkpoint', undefined],
  ['with a checkpoint of another key', generateKeyPair('svc').signingKey],
])('a planted log %s is not delivered', async (_, key) => {
  const other = await trailOf(['forged 1', 'forged 2'], {
    isClosed: true,
    seal: sealed(key ?? generateKeyPair('svc').signingKey),
  })
  if (!key) rmSync(join(other.log, 'checkpoint'))
  const trail = await trailOf(['a'], { isClosed: true })
  cpSync(other.log, join(trail.root, other.log.split('/').at(-1)!), { recursive: true })
  const { events, recovered, problems } = await startedOn(trail, undefined, { recovered: 1, problems: 1 })
  expect(keysOf(events)).toEqual(['a'])
  expect(recovered).toMatchObject([{ reason: key ? 'checkpoint-not-ours' : 'checkpoint-missing' }])
  expect(problems).toEqual([expect.stringMatching(/is held as a whole.*audit journal release/)])
})

test('with its first checkpoint restored, and its hashes gone, a log that was changed as a whole is held as a whole', async () => {
  const root = temporaryDirectory()
  const { audit } = openAudit({ journal: fileJournal({ directory: root }), sinks: [], seal: sealed() })
  const log = await sourceDirectory(audit, root)
  const empty = readFileSync(join(log, 'checkpoint'), 'utf8')
  expect(empty.split('\n')[1]).toBe('0')
  for (const key of ['a', 'b', 'c']) await audit.record('flag:created', { key })
  await audit.close({ timeoutMs: 600_000 })
  const trail = { root, log }
  writeFileSync(join(log, 'checkpoint'), empty)
  rmSync(join(log, 'tiles'), { recursive: true })
  for (const path of segmentsOf(trail)) {
    write(
      path,
      linesOf(path).map((line) => checked(line.replace(/,"crc".*/, '').replace(/"key":"."/, '"key":"forged"'))),
    )
  }
  const { events } = await startedOn(trail)
  expect(keysOf(events)).toEqual([])
  expectNothingForgedIsSigned(trail)
})

test('leaves that never had a line are not signed', async () => {
  const trail = await trailOf(['a', 'b', 'c'], { isClosed: true })
  const { size } = checkpointOf(trail)
  const [last] = segmentsOf(trail).slice(-1)
  const line = linesOf(last!).at(-1)!
  for (const path of segmentsOf(trail)) rmSync(path)
  const first = size + 100
  write(join(trail.log, 'log', `${String(first).padStart(20, '0')}.7-0.ndjson`), [checked(forged(line, first))])
  const tiles = readFileSync(join(trail.log, 'tiles/0'))
  writeFileSync(join(trail.log, 'tiles/0'), Buffer.concat([tiles, Buffer.alloc(100 * 32, 7)]))
  const open = `{"offsets":{"seal":${first}}`
  write(join(trail.log, 'offsets.ndjson'), [checked(open)])
  const { events, recovered } = await startedOn(trail, undefined, { recovered: 1 })
  expect(keysOf(events)).toEqual([])
  expect(recovered).toMatchObject([{ reason: 'begins-late' }])
  expect(checkpointOf(trail).size).toBe(size)
})

test('a key in a KMS without a tag key: uncovered lines are delivered, and the trail records that nothing authenticates them', async () => {
  const local = parseSigningKey(signingKey)
  const { tagKey: _, ...kms } = { ...local, isLocal: false }
  const trail = await trailOf(['a', 'b'], { seal: sealed(kms) })
  expect(countingLines(trail).length).toBeGreaterThan(checkpointOf(trail).size)
  const { events, recovered } = await startedOn(trail, sealed(kms), { recovered: 1 })
  expect(keysOf(events)).toEqual(['a', 'b'])
  expect(recovered).toEqual([
    { source: expect.any(String), reason: 'unauthenticated', from: expect.any(Number), lines: expect.any(Number) },
  ])
})

test('with either key of a rotation configured, lines tagged by the other key are delivered', async () => {
  const next = generateKeyPair('svc').signingKey
  const trail = await trailOf(['a', 'b'], { seal: sealed([next, signingKey]) })
  const both = await startedOn(trail, sealed([signingKey, next]))
  expect(keysOf(both.events)).toEqual(['a', 'b'])
  expect(both.recovered).toEqual([])
})

test('an unsigned log has no tags, and goes on as before', async () => {
  const trail = await trailOf(['a', 'b'], { seal: 'unsigned' as never })
  expect(
    segmentsOf(trail)
      .map((path) => readFileSync(path, 'utf8'))
      .join(''),
  ).not.toContain('"tag"')
  const { events } = await startedOn(trail, 'unsigned' as never)
  expect(keysOf(events)).toEqual(['a', 'b'])
})

test('held lines are delivered once a person releases them, and are marked as released', async () => {
  const trail = await trailOf(['a', 'b'], { isClosed: true })
  appendForged(trail, `,"tag":"${'A'.repeat(22)}"`)
  const { audit, sink } = serviceOn(trail)
  await audit.ready()
  await expect.poll(() => audit.health().problems.length).toBe(1)
  const [held] = await audit.held.list()
  expect(held).toMatchObject({ log: trail.log.split('/').at(-1), lines: 1, isWhole: false })
  await expect(audit.held.release({ log: held!.log, by: ' ' })).rejects.toMatchObject({ code: 'AUDIT_INVALID_OPTIONS' })
  await expect(audit.held.release({ log: held!.log, by: 'ada', sha256: ['0'] })).rejects.toMatchObject({
    code: 'AUDIT_INVALID_OPTIONS',
  })
  expect(await audit.held.release({ log: held!.log, by: 'ada@example.com' })).toBe(1)
  await audit.flush({ timeoutMs: 600_000 })
  expect(keysOf(sink.events)).toEqual(['a', 'b', 'forged'])
  expect(sink.events.find((event) => about(event) === 'audit:released')?.payload).toMatchObject({
    by: 'ada@example.com',
    lines: 1,
  })
  expect(sink.events.find((event) => about(event) === 'forged')?.metadata['released']).toMatchObject({
    source: audit.health().journal.source,
  })
  expect(await audit.held.list()).toEqual([])
  expect(audit.health().problems).toEqual([])
})

test('a log that is held as a whole is delivered once a person releases it', async () => {
  const other = await trailOf(['held 1', 'held 2'], { isClosed: true, seal: 'unsigned' as never })
  const { audit, sink } = serviceOn(other)
  await expect.poll(() => audit.held.list()).toMatchObject([{ isWhole: true }])
  await audit.held.release({ log: other.log.split('/').at(-1)!, by: 'ada@example.com' })
  await expect.poll(() => keysOf(sink.events)).toEqual(['held 1', 'held 2'])
  await expect.poll(() => audit.health().problems).toEqual([])
})

test('a line that is added to a log after a person released it is not delivered: the log is held again', async () => {
  const trail = await trailOf(['a'], { isClosed: true, seal: 'unsigned' as never })
  const { audit, sink } = serviceOn(trail)
  await expect.poll(() => audit.held.list()).toHaveLength(1)
  await audit.held.release({ log: trail.log.split('/').at(-1)!, by: 'ada@example.com' })
  appendForged(trail)
  await expect.poll(() => audit.health().problems.join(), { timeout: 60_000 }).toContain('is held as a whole')
  expect(keysOf(sink.events)).toEqual([])
})

test('a log that only a planted mark calls held is not signed again once a person releases it', async () => {
  const trail = await trailOf(['a', 'b'], { isClosed: true })
  appendForged(trail)
  writeFileSync(join(trail.log, 'damaged.json'), JSON.stringify({ reason: 'checkpoint-missing', held: 1 }))
  const { audit, sink } = serviceOn(trail)
  await audit.ready()
  const [held] = await audit.held.list()
  await audit.held.release({ log: held!.log, by: 'ada@example.com' })
  await expect.poll(() => keysOf(sink.events), { timeout: 30_000 }).toContain('b')
  await audit.close({ timeoutMs: 600_000 })
  expectNothingForgedIsSigned(trail)
})

test.each([false, 'unsigned'])(
  'without a key (%s) a signed log is left as it was, and delivered once the key is back',
  async (seal) => {
    const trail = await trailOf(['a', 'b'])
    const checkpoint = readFileSync(join(trail.log, 'checkpoint'), 'utf8')
    appendForged(trail)
    const { audit, sink } = serviceOn(trail, seal as never)
    await audit.record('flag:created', { key: 'own' })
    await expect.poll(() => audit.health().problems.join()).toContain('A key signed it')
    await audit.close({ timeoutMs: 600_000 })
    expect(keysOf(sink.events)).toEqual(['own'])
    expect(readFileSync(join(trail.log, 'checkpoint'), 'utf8')).toBe(checkpoint)
    expect(existsSync(join(trail.log, 'damaged.json'))).toBe(false)
    const { events } = await startedOn(trail)
    expect(keysOf(events).slice(0, 2)).toEqual(['a', 'b'])
    expect(keysOf(events)).not.toContain('forged')
  },
)

test.each(['checkpoint', 'tags'])('without a key, a log with nothing but its %s is left too', async (kept) => {
  const trail = await trailOf(['a', 'b'])
  if (kept === 'tags') rmSync(join(trail.log, 'checkpoint'))
  else
    for (const path of segmentsOf(trail)) {
      const lines = linesOf(path).map((line) => checked(line.replace(TAIL, '')))
      write(path, lines)
    }
  const { events } = await startedOn(trail, false as never)
  expect(keysOf(events)).toEqual([])
})
