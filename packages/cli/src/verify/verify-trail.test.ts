import { cpSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { generateKeyPair } from '@audit/proof'
import { expect, test } from 'vitest'
import {
  changeLines,
  honestJournal,
  keepingSink,
  keys,
  segmentsIn,
  temporaryDirectory,
  type HonestJournal,
} from '../../test/honest-journal.ts'
import type { Cause } from './report.ts'
import { verifyTrail, type VerifyOptions } from './verify-trail.ts'

const trusted = { keys: [keys.verifierKey] }

/** The only log of a trail: what is wrong first, and where. */
async function first(options: VerifyOptions): Promise<readonly [Cause?, number?]> {
  const { sources, findings, verdict } = await verifyTrail(options)
  const all = [...findings, ...sources.flatMap((source) => source.findings)]
  expect(verdict === 'wrong').toBe(all.length > 0)
  const finding = all[0]
  if (!finding) return []
  return finding.sequence === undefined ? [finding.cause] : [finding.cause, finding.sequence]
}

test('an honest journal verifies, down to its last line', async () => {
  const { root, source, anchor } = await honestJournal()
  const report = await verifyTrail({ paths: [root], anchors: [anchor], ...trusted, strict: true })
  const counts = { events: 56, proven: 56, unsealed: 0, unproven: 0, wrong: 0 }
  expect(report).toMatchObject({ verdict: 'proven', counts, findings: [] })
  expect(report.sources).toEqual([
    {
      source,
      verdict: 'proven',
      counts,
      events: 56,
      first: 0,
      end: 56,
      proven: [{ from: 0, to: 56 }],
      coveredFrom: 0,
      sealedTo: 56,
      signedBy: [expect.stringMatching(/^flags-api\+/)],
      signatures: 'checked',
      findings: [],
      doubts: [],
      absent: [],
      notes: [],
    },
  ])
})

test('without a key, the report says that signatures were not checked, or that the trail is unsigned', async () => {
  const signed = await honestJournal()
  expect((await verifyTrail({ paths: [signed.root] })).sources[0]).toMatchObject({
    verdict: 'consistent',
    signatures: 'not-checked',
  })
  const unsigned = await honestJournal({ seal: 'unsigned' })
  expect((await verifyTrail({ paths: [unsigned.log] })).sources[0]).toMatchObject({
    verdict: 'consistent',
    signatures: 'unsigned',
    signedBy: [],
  })
  expect(await first({ paths: [unsigned.root], ...trusted })).toEqual(['bad-signature'])
})

const tamperings: readonly [
  what: string,
  tamper: (journal: HonestJournal) => void | Promise<void>,
  found: readonly [Cause, number?],
][] = [
  [
    'an event is edited',
    ({ log }) => changeLines(log, (line, at) => [at === 17 ? line.replace('"flag"', '"flog"').replace('event', 'evenT') : line]),
    ['changed', 17],
  ],
  [
    'an event is edited and its checksum left',
    ({ log }) => edit(log, 17, (line) => line.replace('event', 'evenT')),
    ['changed', 17],
  ],
  ['an event is taken out', ({ log }) => changeLines(log, (line, at) => (at === 9 ? [] : [line])), ['missing', 9]],
  [
    'an event is taken out and the others are numbered anew',
    ({ log }) => changeLines(log, (line, at) => (at === 9 ? [] : [at > 9 ? numbered(line, at - 1) : line])),
    ['changed', 9],
  ],
  [
    'an event is put in',
    ({ log }) => changeLines(log, (line, at) => (at === 12 ? [line.replace('event', 'evenT'), line] : [line])),
    ['out-of-order', 12],
  ],
  [
    'an old event is put in once more',
    ({ log }) => changeLines(log, (line, at) => (at === 12 ? [line, line] : [line])),
    ['out-of-order', 12],
  ],
  [
    'two events change places',
    ({ log }) => {
      let kept: string
      changeLines(log, (line, at) => (at === 4 ? ((kept = line), []) : at === 5 ? [line, kept] : [line]))
    },
    ['missing', 4],
  ],
  ['a line is garbled', ({ log }) => edit(log, 21, (line) => line.replace('"sequence"', '"sequenze"')), ['unreadable', 21]],
  ['the end is cut off', ({ log }) => changeLines(log, (line, at) => (at < 40 ? [line] : [])), ['truncated', 40]],
  ['a file is gone', ({ log }) => rmSync(segmentsIn(log)[1]!), ['missing']],
  ['two files change names', ({ log }) => swap(segmentsIn(log)[0]!, segmentsIn(log)[1]!), ['out-of-order']],
  ['the checkpoint is another', ({ log }) => replaceIn(join(log, 'checkpoint'), '\n56\n', '\n55\n'), ['bad-signature']],
  ['the checkpoint is gone', ({ log }) => rmSync(join(log, 'checkpoint')), ['missing']],
]

test.each(tamperings)('tampering is found: %s', async (_, tamper, [cause, sequence]) => {
  const journal = await honestJournal()
  await tamper(journal)
  const found = await first({ paths: [journal.root], ...trusted })
  expect(found[0]).toBe(cause)
  if (sequence !== undefined) expect(found[1]).toBe(sequence)
})

test('a damaged hash is a note: every event is proven from its line', async () => {
  const { root, log } = await honestJournal()
  flip(join(log, 'tiles/0'), 30 * 32 + 5)
  const { verdict, sources } = await verifyTrail({ paths: [root], ...trusted, strict: true })
  expect([verdict, sources[0]!.counts.proven]).toEqual(['proven', 56])
  expect(sources[0]!.notes).toEqual([expect.stringMatching(/^The kept hash of event 30 /)])
})

test('a checkpoint that is gone is missed although an anchor has it', async () => {
  const { root, log, anchor } = await honestJournal()
  rmSync(join(log, 'checkpoint'))
  expect(await first({ paths: [root], ...trusted, anchors: [anchor] })).toEqual(['missing'])
})

test('without kept hashes, a change between two seals is still found', async () => {
  const { root, log } = await honestJournal()
  changeLines(log, (line, at) => [at === 30 ? line.replace('event', 'evenT') : line])
  rmSync(join(log, 'tiles'), { recursive: true })
  const { sources } = await verifyTrail({ paths: [root], ...trusted })
  expect(sources[0]?.findings[0]).toMatchObject({ cause: 'changed', sequence: 22, to: 55 })
})

test('a trail that another key signed is not proven, and the report names that key', async () => {
  const other = await honestJournal({ seal: { key: generateKeyPair('flags-api').signingKey } })
  const { verdict, counts, sources } = await verifyTrail({ paths: [other.root], ...trusted })
  expect([verdict, counts.proven]).toEqual(['unproven', 0])
  expect(sources[0]!.doubts).toMatchObject([
    { reason: 'unknown-key', message: expect.stringMatching(/flags-api\+[0-9a-f]{8}, a key that was not given/) },
  ])
})

test('an older copy of everything passes without an anchor, and is found with one', async () => {
  const directory = temporaryDirectory()
  const { root, anchor } = await honestJournal({ root: directory, runs: [5] })
  cpSync(root, join(directory, 'older'), { recursive: true })
  await honestJournal({ root: directory, runs: [5] })
  expect(await first({ paths: [join(directory, 'older')], ...trusted })).toEqual([])
  expect(await first({ paths: [join(directory, 'older')], ...trusted, anchors: [anchor] })).toEqual(['rolled-back', 8])
  expect(await first({ paths: [root], ...trusted, anchors: [anchor] })).toEqual([])
})

test('two histories from one beginning, both signed, are a fork', async () => {
  const directory = temporaryDirectory()
  const { root } = await honestJournal({ root: directory, runs: [5] })
  cpSync(root, join(directory, 'other/journal'), { recursive: true })
  const { anchor } = await honestJournal({ root: directory, runs: [5] })
  await honestJournal({ root: join(directory, 'other'), runs: [9] })
  expect((await first({ paths: [join(directory, 'other/journal')], ...trusted, anchors: [anchor] }))[0]).toBe('forked')
})

test('a log that was trimmed verifies by its hashes; one that was cut at the front does not', async () => {
  const sink = keepingSink()
  const journal = await honestJournal({ runs: [4_000], segmentBytes: 64 << 10, maxBytes: 1 << 20, sinks: [sink] })
  const report = await verifyTrail({ paths: [journal.root], ...trusted, strict: true })
  expect(report.verdict).toBe('proven')
  const { first: begin, absent } = report.sources[0]!
  expect(begin).toBeGreaterThan(0)
  expect(absent).toEqual([{ from: 0, to: begin - 1, why: 'trimmed', saidBy: expect.stringMatching(/^event \d+$/) }])
  rmSync(segmentsIn(journal.log)[0]!)
  expect(await first({ paths: [journal.root], ...trusted })).toEqual(['missing', 0])

  // The sink has everything, and verifies on its own: in one file or several, packed, or as a stream.
  const directory = temporaryDirectory()
  const [one, two] = [join(directory, 'audit.log'), join(directory, 'audit.log-2026.gz')]
  writeFileSync(
    two,
    gzipSync(
      sink.lines
        .slice(0, 2_000)
        .map((line) => `${line}\n`)
        .join(''),
    ),
  )
  writeFileSync(
    one,
    sink.lines
      .slice(2_000)
      .map((line) => `${line}\n`)
      .join(''),
  )
  const copy = await verifyTrail({ paths: [one, two], ...trusted })
  expect(copy.sources[0]).toMatchObject({ verdict: 'proven', first: 0, end: sink.lines.length, sealedTo: sink.lines.length - 1 })
  const stream = Readable.from([Buffer.from(sink.lines.map((line) => `${line}\n`).join(''))])
  expect((await verifyTrail({ stream, ...trusted })).sources[0]).toEqual(copy.sources[0])
  writeFileSync(
    one,
    sink.lines
      .slice(2_000)
      .toSpliced(100, 1)
      .map((line) => `${line}\n`)
      .join(''),
  )
  expect(await first({ paths: [one, two], ...trusted })).toEqual(['missing', 2_100])

  // A part of it verifies by the hashes of the whole, although what it was made from is gone.
  const part = sink.lines.filter((line) => line.includes('"type":"flag"'))
  writeFileSync(one, part.map((line) => `${line}\n`).join(''))
  expect(await first({ paths: [one], ...trusted })).toEqual(['missing', 2])
  expect(await first({ paths: [one], tiles: journal.root, ...trusted })).toEqual([])
  writeFileSync(one, part.map((line, at) => (at === 1_000 ? `${line.replace('event', 'evenT')}\n` : `${line}\n`)).join(''))
  expect(await first({ paths: [one], tiles: journal.root, ...trusted })).toEqual(['changed', JSON.parse(part[1_000]!).sequence])
})

test('a copy that begins late is proven from its first seal on, also with duplicate events', async () => {
  const sink = keepingSink()
  const directory = temporaryDirectory()
  await honestJournal({ root: directory, runs: [10, 10], sinks: [sink] })
  const file = join(directory, 'audit.log')
  const late = sink.lines.slice(5)
  writeFileSync(file, [...late.slice(0, 4), ...late.slice(1)].map((line) => `${line}\n`).join(''))
  const { sources } = await verifyTrail({ paths: [file], ...trusted })
  expect(sources[0]).toMatchObject({ verdict: 'unproven', first: 5, events: late.length, coveredFrom: 12, sealedTo: 25 })
  expect(sources[0]!.counts).toMatchObject({ proven: 13, unproven: 7, unsealed: 1 })
  expect(sources[0]!.doubts).toMatchObject([{ reason: 'late-start', isAccepted: false, from: 5, to: 11 }])
  expect((await verifyTrail({ paths: [file], ...trusted, accept: ['late-start'] })).verdict).toBe('proven')
})

test('a torn end is accepted, and the tail too unless --strict is given', async () => {
  const { root, log } = await honestJournal()
  const last = segmentsIn(log).at(-1)!
  writeFileSync(last, '{"version":"1.0","type":"fl', { flag: 'a' })
  expect(await first({ paths: [root], ...trusted, strict: true })).toEqual([])
  const unsealed = await honestJournal({ seal: false, runs: [3] })
  expect(await first({ paths: [unsealed.root] })).toEqual([])
  expect((await verifyTrail({ paths: [unsealed.root], strict: true })).verdict).toBe('unproven')
  expect((await verifyTrail({ paths: [unsealed.root], ...trusted })).sources[0]!.doubts).toMatchObject([
    { reason: 'unsealed-logs' },
  ])
})

test('an event that is there a second time, as a new one, is found by its id', async () => {
  const { root, log } = await honestJournal({ seal: false, runs: [9] })
  const old = readFileSync(segmentsIn(log)[0]!, 'utf8')
    .split('\n')[3]!
    .replace(/(,"tag":"[\w-]{22}")?,"crc".*$/, '')
  changeLines(log, (line, at) => (at === 8 ? [numbered(old, 8)] : [line]))
  expect(await first({ paths: [root] })).toEqual([])
  expect(await first({ paths: [root], uniqueIds: true })).toEqual(['replayed', 8])
})

test('input that is not a trail is reported as such', async () => {
  const directory = temporaryDirectory()
  await expect(verifyTrail({ paths: [directory] })).rejects.toThrow(/contains no log/)
  await expect(verifyTrail({ paths: [join(directory, 'nothing')] })).rejects.toThrow(/ENOENT/)
  await expect(verifyTrail({ paths: [], keys: ['no key'] })).rejects.toThrow(/This is not a verifier key/)
  writeFileSync(join(directory, 'notes.txt'), 'one\ntwo\n')
  await expect(verifyTrail({ paths: [join(directory, 'notes.txt')] })).rejects.toThrow(/is not an audit trail/)
  writeFileSync(join(directory, 'half.gz'), gzipSync('x'.repeat(10_000)).subarray(0, 20))
  await expect(verifyTrail({ paths: [join(directory, 'half.gz')] })).rejects.toThrow(/unexpected end of file/)
})

function edit(log: string, at: number, change: (line: string) => string): void {
  for (const path of segmentsIn(log)) {
    const lines = readFileSync(path, 'utf8').split('\n')
    writeFileSync(path, lines.map((line) => (line.includes(`"sequence":${at},`) ? change(line) : line)).join('\n'))
  }
}

function numbered(line: string, sequence: number): string {
  return line.replace(/"sequence":\d+$/, `"sequence":${sequence}`)
}

function swap(one: string, other: string): void {
  renameSync(one, `${one}.aside`)
  renameSync(other, one)
  renameSync(`${one}.aside`, other)
}

function replaceIn(path: string, from: string, to: string): void {
  const text = readFileSync(path, 'utf8')
  expect(text).toContain(from)
  writeFileSync(path, text.replace(from, to))
}

function flip(path: string, at: number): void {
  const bytes = readFileSync(path)
  bytes[at]! ^= 1
  writeFileSync(path, bytes)
  truncateSync(path, bytes.length)
}

test('a log that only the anchor has is listed, and is a doubt with strict', async () => {
  const { root, log, anchor, source } = await honestJournal()
  rmSync(log, { recursive: true })
  await expect(verifyTrail({ paths: [root], anchors: [anchor], ...trusted })).rejects.toThrow(/contains no log/)
  const other = await honestJournal()
  const report = await verifyTrail({ paths: [other.root], anchors: [anchor], ...trusted })
  expect(report.verdict).toBe('proven')
  const gone = report.sources.find((one) => one.source === source)!
  expect(gone.doubts).toMatchObject([{ reason: 'other-logs', isAccepted: true, from: 0, to: 55 }])
  expect(gone.absent).toEqual([{ from: 0, to: 55, why: 'other-log', saidBy: `the anchor '${anchor}'` }])
  expect((await verifyTrail({ paths: [other.root], anchors: [anchor], ...trusted, strict: true })).verdict).toBe('unproven')
})
