import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { createAudit, defineEvents, fileAnchor, fileJournal } from '@audit/core'
import { afterAll } from 'vitest'
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
} from './honest-journal.ts'
import { signedLog } from './signed-log.ts'

// Logs in each state of the table of docs/proof.md. Most are as services leave them; the others have one change.

export interface LogState {
  readonly paths: readonly string[]
  readonly anchor: string
  readonly key?: string
  readonly tiles?: string
}

/** A log of a service, with the data for changing it. */
export interface ServiceState extends LogState {
  readonly root: string
  readonly log: string
  readonly source: string
}

const copySink = keepingSink()

export async function closed(): Promise<ServiceState> {
  const { root, log, anchor, source } = copied('closed', await base('closed', (directory) => honestJournal({ root: directory })))
  return { paths: [root], root, log, anchor, source }
}

const bases = mkdtempSync(join(tmpdir(), 'audit-cli-bases-'))
const made = new Map<string, Promise<HonestJournal>>()
afterAll(() => rmSync(bases, { recursive: true, force: true }))

/** A trail for several rows, created once. */
function base(name: string, make: (directory: string) => Promise<HonestJournal>): Promise<HonestJournal> {
  const directory = join(bases, name)
  if (!made.has(name)) {
    mkdirSync(directory)
    made.set(name, make(directory))
  }
  return made.get(name)!
}

/** A copy of the trail for one test. */
function copied(name: string, { root, log, source, anchor }: HonestJournal): HonestJournal {
  const directory = temporaryDirectory()
  cpSync(join(bases, name), directory, { recursive: true })
  const at = (path: string) => join(directory, relative(join(bases, name), path))
  return { root: at(root), log: at(log), source, anchor: at(anchor) }
}

/** A journal as it is while its process runs: the lives before it are sealed, and of this one only what came before its first seal. */
export async function live(runs: readonly number[] = [20]): Promise<ServiceState & { readonly end: number }> {
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

export async function trimmed(): Promise<ServiceState> {
  const options = {
    runs: [4_000],
    seal: { key: keys.signingKey },
    segmentBytes: 64 << 10,
    maxBytes: 1 << 20,
    sinks: [keepingSink()],
  }
  const { root, log, anchor, source } = copied(
    'trimmed',
    await base('trimmed', (directory) => honestJournal({ ...options, root: directory })),
  )
  return { paths: [root], root, log, anchor, source }
}

/** The log at the time when it had just recorded that its beginning is deleted. */
export async function trimmedUncovered(): Promise<ServiceState> {
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

/** A sink's copy of a log of two lives, or a part of the copy. */
export async function copyOf(
  part: (lines: readonly string[]) => readonly string[],
): Promise<LogState & { readonly root: string }> {
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

export async function adopted(): Promise<LogState> {
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

export async function takenOver(): Promise<LogState> {
  const source = 'flags-api/vm/aaaaaaaa'
  const said = { source, reason: 'unauthenticated', from: 4, lines: 5 }
  const events = Array.from({ length: 12 }, (_, at) => (at === 9 ? { name: 'audit:recovered', payload: said } : {}))
  const log = await signedLog(source, keys.signingKey, events)
  const directory = temporaryDirectory()
  const anchor = join(directory, 'anchor')
  writeFileSync(anchor, log.seal.checkpoint)
  return { paths: [log.writeTo(join(directory, 'journal'))], anchor }
}

/** A copy of selected events of such a log. */
export async function takenOverInPart(texts: readonly string[]): Promise<LogState & { readonly tiles: string }> {
  const { paths, anchor } = await takenOver()
  const lines = readFileSync(join(paths[0]!, 'log/00000000000000000000.1-0.ndjson'), 'utf8').trimEnd().split('\n')
  const path = join(temporaryDirectory(), 'audit.log')
  const selected = lines.filter((line) => texts.some((text) => line.includes(text)))
  writeFileSync(path, selected.map((line) => `${line.replace(/,"crc":"[0-9a-f]{8}"}$/, '}')}\n`).join(''))
  return { paths: [path], anchor, tiles: paths[0]! }
}

export async function expired(hashes: 'with hashes' | 'alone'): Promise<LogState> {
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

export function appendEvents(log: string, count: number): void {
  const last = segmentsIn(log).at(-1)!
  const { source, sequence } = JSON.parse(readFileSync(last, 'utf8').trimEnd().split('\n').at(-1)!) as {
    source: string
    sequence: number
  }
  for (let added = 1; added <= count; added++)
    appendFileSync(last, `${checked(eventText({ source, sequence: sequence + added }))}\n`)
}

/** The text of an event, without its closing brace. */
export function eventText(place: object): string {
  const metadata = { actor: { authentication: 'none' } }
  const timestamp = new Date().toISOString()
  const id = '01a209cc-a113-7631-8050-488f6316f5f3'
  const event = { version: '1.0', type: 'flag', action: 'deleted', metadata, payload: {}, timestamp, id, status: 'success' }
  return JSON.stringify({ ...event, ...place }).slice(0, -1)
}

export function checkpointsIn(anchor: string): readonly string[] {
  const lines = readFileSync(anchor, 'utf8').trimEnd().split('\n')
  return lines.map((line) => (JSON.parse(line) as { checkpoint: string }).checkpoint)
}

function sizeOf(checkpoint: string): number {
  return Number(checkpoint.split('\n')[1])
}

/** The anchor at an earlier time. */
export function anchorUpTo(anchor: string, size: number): string {
  const path = join(temporaryDirectory(), 'anchor.ndjson')
  const kept = checkpointsIn(anchor).filter((text) => sizeOf(text) <= size)
  writeFileSync(path, kept.map((checkpoint) => `${JSON.stringify({ checkpoint })}\n`).join(''))
  return path
}
