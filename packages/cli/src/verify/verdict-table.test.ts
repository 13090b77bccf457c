import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { createAudit, defineEvents, fileAnchor, fileJournal } from '@audit/core'
import { formatCheckpoint, generateKeyPair, parseCheckpoint, parseNote } from '@audit/proof'
import { afterAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  changeLines,
  checked,
  honestJournal,
  keepingSink,
  keys,
  segmentsIn,
  temporaryDirectory,
  type HonestJournal,
} from '../../test/honest-journal.ts'
import { runAudit } from '../../test/run-audit.ts'
import { signedLog } from '../../test/signed-log.ts'
import type { TrailReport } from './report.ts'

// The table of docs/proof.md: each state of a log, and the exit code that it has with each of what a verifier may be given.

type Exit = 0 | 1 | 4
/** With nothing, the key, an anchor, both, and both with --strict. */
type Exits = readonly [nothing: Exit, key: Exit, anchor: Exit, both: Exit, strict: Exit]

interface State {
  readonly paths: readonly string[]
  readonly anchor: string
  readonly key?: string
  readonly tiles?: string
}

interface Row {
  readonly row: string
  readonly state: string
  readonly exits: Exits
  readonly words?: RegExp
  readonly make: () => Promise<State>
  /** Names that turn the verdict with the key into 0. */
  readonly accept?: string
}

const stranger = 'flags-api/elsewhere/zzzzzzzz'
const copySink = keepingSink()

const rows: readonly Row[] = [
  { row: '1', state: 'a closed journal', exits: [0, 0, 0, 0, 0], words: /56 events: all proven$/, make: closed },
  {
    row: '2',
    state: 'a journal of a process that runs or was killed',
    exits: [0, 0, 4, 0, 4],
    words: /2 not sealed yet$/,
    make: live,
  },
  {
    row: '3',
    state: 'lines behind the end of a closed log',
    exits: [1, 1, 1, 1, 1],
    words: /2 events stand behind the end of the log/,
    async make() {
      const state = await closed()
      appendEvents(state.log, 2)
      return state
    },
  },
  {
    row: '4',
    state: 'a tail that is longer than a seal takes',
    exits: [0, 4, 4, 4, 4],
    words: /longer than a seal takes/,
    async make() {
      const state = await live()
      changeLines(state.log, (line, at) => [
        at === state.end - 1 ? line.replace(/"timestamp":"[^"]*"/, '"timestamp":"2099-01-01T00:00:00.000Z"') : line,
      ])
      return state
    },
  },
  {
    row: '4',
    state: 'a whole log over which only the checkpoint over nothing is left (B10)',
    exits: [0, 4, 4, 4, 4],
    accept: 'unsealed-logs',
    async make() {
      const { log, root, anchor } = await live([])
      const [nothing] = checkpointsIn(anchor)
      expect(parseCheckpoint(parseNote(nothing!).text).size).toBe(0)
      writeFileSync(join(log, 'checkpoint'), nothing!)
      rmSync(join(log, 'tiles'), { recursive: true, force: true })
      changeLines(log, (line) => [line.replace('event', 'evenT')])
      return { paths: [root], anchor: anchorUpTo(anchor, 0) }
    },
  },
  {
    row: '5',
    state: 'a journal that was never sealed',
    exits: [0, 4, 4, 4, 4],
    accept: 'unsealed-logs',
    async make() {
      const { root } = await honestJournal({ seal: false, runs: [5] })
      return { paths: [root], anchor: (await closed()).anchor }
    },
  },
  {
    row: '6',
    state: 'a journal whose checkpoint is gone, although a seal tells of one',
    exits: [1, 1, 1, 1, 1],
    words: /checkpoint is gone/,
    async make() {
      const state = await closed()
      rmSync(join(state.log, 'checkpoint'))
      return state
    },
  },
  {
    row: '6',
    state: 'a journal whose checkpoint is gone, although hashes tell of one',
    exits: [1, 1, 1, 1, 1],
    words: /checkpoint is gone/,
    async make() {
      const state = await live([3])
      rmSync(join(state.log, 'checkpoint'))
      return state
    },
  },
  {
    row: '7',
    state: 'a journal without events',
    exits: [0, 0, 0, 0, 0],
    async make() {
      const { log, root, anchor } = await closed()
      for (const path of segmentsIn(log)) rmSync(path)
      rmSync(join(log, 'tiles'), { recursive: true })
      writeFileSync(join(log, 'checkpoint'), checkpointsIn(anchor)[0]!)
      return { paths: [root], anchor: anchorUpTo(anchor, 0) }
    },
  },
  { row: '8', state: 'a trimmed journal', exits: [0, 0, 0, 0, 0], make: trimmed },
  {
    row: '9',
    state: 'a journal that was trimmed before a checkpoint covered that',
    exits: [0, 4, 4, 4, 4],
    words: /no checkpoint proves it/,
    make: trimmedUncovered,
  },
  {
    row: '10',
    state: 'a trimmed journal without its hashes',
    exits: [0, 4, 4, 4, 4],
    words: /up to the first seal/,
    async make() {
      const state = await trimmed()
      rmSync(join(state.log, 'tiles'), { recursive: true })
      return state
    },
  },
  {
    row: '11',
    state: 'a whole journal without its hashes',
    exits: [0, 0, 0, 0, 0],
    async make() {
      const state = await closed()
      rmSync(join(state.log, 'tiles'), { recursive: true })
      return state
    },
  },
  {
    row: '11',
    state: 'a whole journal with damaged hashes',
    exits: [0, 0, 0, 0, 0],
    words: /kept hash of event 7 .* is damaged/,
    async make() {
      const state = await closed()
      const path = join(state.log, 'tiles/0')
      const bytes = readFileSync(path)
      bytes[7 * 32]! ^= 1
      writeFileSync(path, bytes)
      return state
    },
  },
  { row: '12', state: 'a copy of a closed log', exits: [0, 0, 0, 0, 0], make: async () => copyOf((lines) => lines) },
  {
    row: '13',
    state: 'a copy that begins late',
    exits: [0, 4, 4, 4, 4],
    accept: 'late-start',
    words: /events 5 to 21 are not proven/,
    make: async () => copyOf((lines) => lines.slice(5)),
  },
  {
    row: '13',
    state: 'a copy that begins late, with the hashes of the journal',
    exits: [0, 0, 0, 0, 0],
    async make() {
      const { paths, anchor, root } = await copyOf((lines) => lines.slice(5))
      return { paths, anchor, tiles: root }
    },
  },
  {
    row: '14',
    state: 'a journal that is older than the anchor',
    exits: [0, 0, 1, 1, 1],
    words: /rolled back|^.*all proven$/,
    async make() {
      const directory = temporaryDirectory()
      const { root } = await honestJournal({ root: directory, runs: [5] })
      cpSync(root, join(directory, 'older'), { recursive: true })
      const { anchor } = await honestJournal({ root: directory, runs: [5] })
      return { paths: [join(directory, 'older')], anchor }
    },
  },
  {
    row: '15',
    state: 'a copy that ends before the anchor does',
    exits: [0, 0, 4, 4, 4],
    make: async () => copyOf((lines) => lines.slice(0, -20)),
  },
  {
    row: '16',
    state: 'a copy of a killed container, with a seal',
    exits: [0, 0, 4, 0, 4],
    async make() {
      const { paths, anchor } = await copyOf((lines) => lines.slice(0, -20))
      return { paths, anchor: anchorUpTo(anchor, 24) }
    },
  },
  {
    row: '17',
    state: 'a copy of a container that was killed before its first seal',
    exits: [0, 4, 4, 4, 4],
    accept: 'unsealed-logs',
    async make() {
      const { paths, anchor } = await copyOf((lines) => lines.slice(0, 10))
      return { paths, anchor: anchorUpTo(anchor, 4) }
    },
  },
  { row: '18', state: 'an adopted log, whose seal stands in the log of the adopter', exits: [0, 0, 0, 0, 0], make: adopted },
  {
    row: '19',
    state: 'a log that was taken over without authentication',
    exits: [0, 4, 4, 4, 4],
    accept: 'unauthenticated',
    words: /5 events were taken over/,
    make: takenOver,
  },
  {
    row: '20',
    state: 'a copy of selected events, with the hashes of the journal',
    exits: [0, 0, 0, 0, 0],
    words: /It is a part of its log/,
    async make() {
      const { paths, anchor, root } = await copyOf((lines) => lines.filter((line) => line.includes('"type":"flag"')))
      return { paths, anchor, tiles: root }
    },
  },
  {
    row: '21',
    state: 'a copy of selected events, without hashes',
    exits: [1, 1, 1, 1, 1],
    words: /give --tiles/,
    make: async () => copyOf((lines) => lines.filter((line) => line.includes('"type":"flag"'))),
  },
  { row: '22', state: 'an export after retention', exits: [0, 0, 0, 0, 0], make: () => expired('with hashes') },
  { row: '22', state: 'an export after retention, without hashes', exits: [1, 1, 1, 1, 1], make: () => expired('alone') },
  {
    row: '23',
    state: 'a log that is signed by a key that was not given',
    exits: [0, 4, 0, 4, 4],
    async make() {
      return { ...(await closed()), key: generateKeyPair('flags-api').verifierKey }
    },
  },
  {
    row: '24',
    state: 'an unsigned log',
    exits: [0, 1, 0, 1, 1],
    async make() {
      const { root, anchor } = await honestJournal({ seal: 'unsigned' })
      return { paths: [root], anchor }
    },
  },
  {
    row: '25',
    state: 'logs that only the anchor knows',
    exits: [0, 0, 0, 0, 4],
    async make() {
      const state = await closed()
      const { anchor } = await honestJournal({ runs: [3] })
      appendFileSync(state.anchor, readFileSync(anchor))
      return state
    },
  },
  {
    row: '26',
    state: 'a log with a broken line',
    exits: [1, 1, 1, 1, 1],
    async make() {
      const state = await closed()
      for (const path of segmentsIn(state.log)) {
        const lines = readFileSync(path, 'utf8').split('\n')
        writeFileSync(path, lines.map((line) => (line.includes('"sequence":21,') ? '{"torn' : line)).join('\n'))
      }
      return state
    },
  },
  {
    row: '27',
    state: 'a journal with a torn end',
    exits: [0, 0, 0, 0, 0],
    words: /torn/,
    async make() {
      const state = await closed()
      appendFileSync(segmentsIn(state.log).at(-1)!, '{"version":"1.0","type":"fl')
      return state
    },
  },
  {
    row: '27',
    state: 'a copy with a torn end',
    exits: [0, 0, 0, 0, 0],
    words: /torn/,
    async make() {
      const state = await copyOf((lines) => lines)
      appendFileSync(state.paths[0]!, '{"version":"1.0","type":"fl')
      return state
    },
  },
  {
    row: '27',
    state: 'a journal with a whole line at its end that is not an event of it (B3)',
    exits: [1, 1, 1, 1, 1],
    async make() {
      const state = await closed()
      appendFileSync(segmentsIn(state.log).at(-1)!, `${checked(eventText({ source: stranger, sequence: 56 }))}\n`)
      return state
    },
  },
  {
    row: '27',
    state: 'a copy with a whole line at its end that has no source (B3)',
    exits: [1, 1, 1, 1, 1],
    async make() {
      const state = await copyOf((lines) => lines)
      appendFileSync(state.paths[0]!, `${eventText({})}}\n`)
      return state
    },
  },
]

describe('the exit codes of the table in docs/proof.md', () => {
  test.each(rows)('row $row: $state', async ({ exits, words, make, accept }) => {
    const state = await make()
    const results = [
      await verify(state, {}),
      await verify(state, { key: true }),
      await verify(state, { anchor: true }),
      await verify(state, { key: true, anchor: true }),
      await verify(state, { key: true, anchor: true, more: ['--strict'] }),
    ]
    expect(results.map(({ code }) => code)).toEqual(exits)
    if (words) expect(results[3]!.out.trimEnd()).toMatch(words)
    for (const { report } of results) expectTrueCounts(report)
    const [nothing, key, anchor, both, strict] = results.map(({ report }) => report.counts.proven) as [
      number,
      number,
      number,
      number,
      number,
    ]
    expect(nothing).toBe(0)
    // With a key, an unsigned checkpoint proves nothing, wherever it was kept.
    if (!state.key && exits[1] !== 1) expect([both >= key, both >= anchor, strict === both]).toEqual([true, true, true])
    if (accept) expect((await verify(state, { key: true, more: ['--accept', accept] })).code).toBe(0)
  })

  test('every row of the table is here', () => {
    expect([...new Set(rows.map(({ row }) => Number(row)))]).toEqual(Array.from({ length: 27 }, (_, index) => index + 1))
  })

  test('every row of the table has these codes in the documentation', () => {
    const page = readFileSync(new URL('../../../../docs/proof.md', import.meta.url), 'utf8')
    for (const { row, exits } of rows) {
      const cells = new RegExp(`^\\| ${row}[a-z]? \\|.*\\|((?: [^|]* \\|){5})`, 'gm')
      const documented = Array.from(page.matchAll(cells), ([, found]) =>
        found!
          .split('|')
          .map((cell) => cell.trim())
          .slice(0, 5),
      )
      const isDocumented = documented.some((codes) => codes.every((code, at) => code === '–' || code === String(exits[at])))
      expect(isDocumented, `row ${row}: ${exits.join(' ')} is not in ${JSON.stringify(documented)}`).toBe(true)
    }
  })
})

test('an anchor that is over the tail proves that it was changed (row 4)', async () => {
  const state = await live()
  const source = state.source
  const other = formatCheckpoint({ origin: source, size: state.end, root: Buffer.alloc(32, 1) })
  const anchor = join(temporaryDirectory(), 'anchor')
  writeFileSync(anchor, other)
  expect((await verify({ paths: state.paths, anchor }, { anchor: true })).code).toBe(1)
})

test('a journal that an anchor knows has a checkpoint (row 5)', async () => {
  const state = await live()
  rmSync(join(state.log, 'checkpoint'))
  rmSync(join(state.log, 'tiles'), { recursive: true })
  expect((await verify(state, { anchor: true })).code).toBe(1)
})

test('what is missing from a copy is accepted as behind (row 15)', async () => {
  const state = await copyOf((lines) => lines.slice(0, -20))
  expect((await verify(state, { key: true, anchor: true, more: ['--accept', 'tail,behind'] })).code).toBe(0)
})

/** Runs the command twice: for a person, and for a program. */
async function verify(state: State, given: { readonly key?: true; readonly anchor?: true; readonly more?: readonly string[] }) {
  const words = [
    'verify',
    ...state.paths,
    ...(given.key ? ['--key', state.key ?? keys.verifierKey] : []),
    ...(given.anchor ? ['--anchor', state.anchor] : []),
    ...(state.tiles === undefined ? [] : ['--tiles', state.tiles]),
    ...(given.more ?? []),
  ]
  const { code, out, error } = await runAudit(words)
  expect(error).toBe('')
  const json = await runAudit([...words, '--json'])
  expect(json.code).toBe(code)
  return { code, out, report: JSON.parse(json.out) as TrailReport }
}

/** The counts add up, and every sequence below the largest genuine checkpoint that is not there is in a named range. */
function expectTrueCounts({ counts, sources }: TrailReport): void {
  const { events, proven, unsealed, unproven, wrong } = counts
  expect(proven + unsealed + unproven + wrong).toBe(events)
  expect(Math.min(proven, unsealed, unproven, wrong)).toBeGreaterThanOrEqual(0)
  expect(events).toBe(sources.reduce((sum, source) => sum + source.events, 0))
  for (const { events: there, first, end, absent } of sources) {
    const missing = new Set<number>()
    for (const { from, to } of absent) for (let at = from; at <= to; at++) missing.add(at)
    for (let at = 0; at < first; at++) expect(missing.has(at)).toBe(true)
    const within = [...missing].filter((at) => at >= first && at < end).length
    expect(there + within).toBeGreaterThanOrEqual(end - first)
  }
}

async function closed() {
  const { root, log, anchor, source } = copied('closed', await base('closed', (directory) => honestJournal({ root: directory })))
  return { paths: [root], root, log, anchor, source }
}

const bases = mkdtempSync(join(tmpdir(), 'audit-cli-bases-'))
const made = new Map<string, Promise<HonestJournal>>()
afterAll(() => rmSync(bases, { recursive: true, force: true }))

/** A trail that several rows begin with, made once. */
function base(name: string, make: (directory: string) => Promise<HonestJournal>): Promise<HonestJournal> {
  const directory = join(bases, name)
  if (!made.has(name)) {
    mkdirSync(directory)
    made.set(name, make(directory))
  }
  return made.get(name)!
}

/** A copy of it for the test that is running. */
function copied(name: string, { root, log, source, anchor }: HonestJournal): HonestJournal {
  const directory = temporaryDirectory()
  cpSync(join(bases, name), directory, { recursive: true })
  const at = (path: string) => join(directory, relative(join(bases, name), path))
  return { root: at(root), log: at(log), source, anchor: at(anchor) }
}

/** A journal as it is while its process runs: the lives before it are sealed, and of this one only what came before its first seal. */
async function live(runs: readonly number[] = [20]) {
  const directory = temporaryDirectory()
  const { root, anchor } = await honestJournal({ root: directory, runs })
  const payload = z.object({ key: z.string() })
  const audit = createAudit({
    service: 'flags-api',
    events: defineEvents({ flag: { created: payload } }),
    seal: { key: keys.signingKey, everyMs: 3_600_000 },
    anchors: [fileAnchor({ path: anchor, everyMs: 1 })],
    journal: fileJournal({ directory: root, segmentBytes: 4_096 }),
  })
  await audit.ready()
  await audit.record('flag:created', { key: 'event a' })
  const source = audit.health().journal.source!
  const copy = join(directory, 'copy')
  cpSync(root, copy, { recursive: true })
  await audit.close()
  const log = join(copy, `flags-api-${source.slice(-8)}`)
  const end = segmentsIn(log).flatMap((path) => readFileSync(path, 'utf8').trimEnd().split('\n').filter(Boolean)).length
  const sealed = Number(readFileSync(join(log, 'checkpoint'), 'utf8').split('\n')[1])
  return { paths: [copy], root: copy, log, source, anchor: anchorUpTo(anchor, sealed), end }
}

async function trimmed() {
  const options = { runs: [4_000], segmentBytes: 64 << 10, maxBytes: 1 << 20, sinks: [keepingSink()] }
  const { root, log, anchor } = copied(
    'trimmed',
    await base('trimmed', (directory) => honestJournal({ ...options, root: directory })),
  )
  return { paths: [root], root, log, anchor }
}

/** The log as it was when it had just said that its beginning is deleted. */
async function trimmedUncovered() {
  const state = await trimmed()
  const lines = segmentsIn(state.log).flatMap((path) => readFileSync(path, 'utf8').trimEnd().split('\n'))
  const events = lines.map((line) => JSON.parse(line) as { sequence: number; type: string; action: string })
  const said = events.findLast(({ type, action }) => type === 'audit' && action === 'trimmed')!.sequence
  changeLines(state.log, (line, at) => (at <= said ? [line] : []))
  const checkpoints = checkpointsIn(state.anchor).filter((text) => sizeOf(text) <= said && sizeOf(text) >= events[0]!.sequence)
  writeFileSync(join(state.log, 'checkpoint'), checkpoints.at(-1)!)
  truncateSync(join(state.log, 'tiles/0'), said * 32)
  return { ...state, anchor: anchorUpTo(state.anchor, sizeOf(checkpoints.at(-1)!)) }
}

/** What a sink has of a log of two lives, or a part of it. */
async function copyOf(part: (lines: readonly string[]) => readonly string[]) {
  const { root, anchor } = copied(
    'copy',
    await base('copy', (directory) => honestJournal({ sinks: [copySink], root: directory })),
  )
  const path = join(temporaryDirectory(), 'audit.log')
  writeFileSync(
    path,
    part(copySink.lines)
      .map((line) => `${line}\n`)
      .join(''),
  )
  return { paths: [path], anchor, root }
}

async function adopted(): Promise<State> {
  const left = await signedLog(
    'flags-api/vm/aaaaaaaa',
    keys.signingKey,
    Array.from({ length: 10 }, () => ({})),
  )
  const own = await signedLog('flags-api/vm/bbbbbbbb', keys.signingKey, [{}, { name: 'audit:sealed', payload: left.seal }, {}])
  const directory = temporaryDirectory()
  const [path, anchor] = [join(directory, 'audit.log'), join(directory, 'anchor')]
  writeFileSync(path, [...own.lines, ...left.lines].map((line) => `${line}\n`).join(''))
  writeFileSync(anchor, [own, left].map((log) => `${JSON.stringify(log.seal)}\n`).join(''))
  // No seal in the copy covers the adopter's own log, so its checkpoint comes with the hashes.
  return { paths: [path], anchor, tiles: own.writeTo(join(directory, 'journal')) }
}

async function takenOver(): Promise<State> {
  const source = 'flags-api/vm/aaaaaaaa'
  const said = { source, reason: 'unauthenticated', from: 4, lines: 5 }
  const events = Array.from({ length: 12 }, (_, at) => (at === 9 ? { name: 'audit:recovered', payload: said } : {}))
  const log = await signedLog(source, keys.signingKey, events)
  const directory = temporaryDirectory()
  const anchor = join(directory, 'anchor')
  writeFileSync(anchor, log.seal.checkpoint)
  return { paths: [log.writeTo(join(directory, 'journal'))], anchor }
}

async function expired(hashes: 'with hashes' | 'alone'): Promise<State> {
  const source = 'flags-api/vm/aaaaaaaa'
  const said = { source, ranges: [{ from: 2, to: 5 }] }
  const log = await signedLog(source, keys.signingKey, [
    ...Array.from({ length: 9 }, () => ({})),
    { name: 'audit:expired', payload: said },
  ])
  const directory = temporaryDirectory()
  const [path, anchor] = [join(directory, 'export.log'), join(directory, 'anchor')]
  writeFileSync(
    path,
    log.lines
      .toSpliced(2, 4)
      .map((line) => `${line}\n`)
      .join(''),
  )
  writeFileSync(anchor, log.seal.checkpoint)
  const journal = log.writeTo(join(directory, 'journal'))
  return { paths: [path], anchor, ...(hashes === 'with hashes' && { tiles: journal }) }
}

function appendEvents(log: string, count: number): void {
  const last = segmentsIn(log).at(-1)!
  const { source, sequence } = JSON.parse(readFileSync(last, 'utf8').trimEnd().split('\n').at(-1)!) as {
    source: string
    sequence: number
  }
  for (let added = 1; added <= count; added++)
    appendFileSync(last, `${checked(eventText({ source, sequence: sequence + added }))}\n`)
}

/** The text of an event, open at its end. */
function eventText(place: object): string {
  const metadata = { actor: { authentication: 'none' } }
  const timestamp = new Date().toISOString()
  const id = '01a209cc-a113-7631-8050-488f6316f5f3'
  const event = { version: '1.0', type: 'flag', action: 'deleted', metadata, payload: {}, timestamp, id, status: 'success' }
  return JSON.stringify({ ...event, ...place }).slice(0, -1)
}

function checkpointsIn(anchor: string): readonly string[] {
  const lines = readFileSync(anchor, 'utf8').trimEnd().split('\n')
  return lines.map((line) => (JSON.parse(line) as { checkpoint: string }).checkpoint)
}

function sizeOf(checkpoint: string): number {
  return Number(checkpoint.split('\n')[1])
}

/** The anchor as it was when it knew no more than that. */
function anchorUpTo(anchor: string, size: number): string {
  const path = join(temporaryDirectory(), 'anchor.ndjson')
  const kept = checkpointsIn(anchor).filter((text) => sizeOf(text) <= size)
  writeFileSync(path, kept.map((checkpoint) => `${JSON.stringify({ checkpoint })}\n`).join(''))
  return path
}
