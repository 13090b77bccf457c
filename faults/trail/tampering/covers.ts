import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { crc32 } from 'node:zlib'
import type { AuditEvent } from '../../../packages/core/src/index.ts'
import { formatCheckpoint, leafHash, MerkleTree, parseSigningKey, signNote } from '../../../packages/proof/dist/index.js'
import { checksumOf, ForgedLog, isSeal, segmentName, segmentNames, sequenceOf, withSequence } from './forged-log.ts'
import { strangerKey } from './keys.ts'
import type { Ledger } from './ledger.ts'
import { SERVICE } from './service-life.ts'

// An attacker's changes to each piece of evidence that hide the harm. None of them needs the key.

/** The states of each piece. The first is the one in which it is left alone. */
export const coverStates = {
  /** The checksum of each line. */
  checksums: ['keep', 'recompute', 'delete'],
  tags: ['keep', 'delete', 'other'],
  /** The number in each line. `jump`: the first line gets a number after everything that was sealed. */
  sequences: ['keep', 'recompute', 'jump'],
  /** Names of segments, and which there are. */
  segments: ['keep', 'fit', 'join', 'drop-newest', 'empty-later', 'stray-later', 'empty-last'],
  /** `claim`: the first remaining line says that those before it were deleted. `claim-last`: the last one does. */
  trimmed: ['keep', 'claim', 'claim-last', 'delete'],
  seals: ['keep', 'delete', 'other'],
  closed: ['keep', 'delete'],
  /** Level 0 of the kept hashes. */
  leaves: ['keep', 'delete', 'recompute', 'older', 'other', 'extend'],
  /** The levels above. */
  upperTiles: ['keep', 'delete', 'recompute', 'older', 'other'],
  checkpoint: ['keep', 'delete', 'empty', 'older', 'other', 'stranger', 'unsigned'],
  places: ['keep', 'delete', 'older', 'end', 'beyond'],
  description: ['keep', 'delete', 'rename', 'other'],
  /** `plant-held`: the mark has an invented number of held lines. */
  damaged: ['keep', 'plant', 'plant-held'],
  /** `last`: after it, one term is left. */
  owner: ['keep', 'delete', 'later', 'last'],
  /** The file that the kernel locks. `foreign`: it is not a database. */
  lock: ['keep', 'delete', 'foreign'],
  /** Other entries of the directory. `open-to-all`: every user may write to the directory of the segments. */
  extra: [
    'none',
    'temporary',
    'command',
    'letter',
    'twin',
    /** An older state of the log, in a directory of its own. */
    'older-twin',
    'old-times',
    'held',
    'lost-line-end',
    'link',
    'root-description',
    'open-to-all',
  ],
} as const

export type CoverName = keyof typeof coverStates
/** A piece that is not named is left alone. */
export type Covers = { readonly [Name in CoverName]?: (typeof coverStates)[Name][number] }

export interface CoverContext {
  readonly ledger: Ledger
  /** The directory of the same log at an earlier time, if it was there then. */
  readonly older: string | undefined
  /** The directory of another log, signed by the same key. */
  readonly other: string
  /** Chooses among genuine checkpoints. */
  readonly nth: number
}

/** Covers up a change: lines first, then the hashes that are computed from them. */
export async function coverUp(log: ForgedLog, covers: Covers, context: CoverContext): Promise<void> {
  const { directory } = log
  if (!existsSync(directory)) return
  const source = sourceOf(log)
  coverLines(log, covers, context.other)
  log.write()
  const { segments } = covers
  if (segments === 'empty-later' || segments === 'stray-later' || segments === 'empty-last') addLaterSegment(log, segments)
  coverLeaves(log, covers.leaves ?? 'keep', context)
  coverUpperTiles(log, covers.upperTiles ?? 'keep', context)
  if (source !== undefined) await coverCheckpoint(log, covers.checkpoint ?? 'keep', source, context)
  coverPlaces(log, covers.places ?? 'keep', context)
  coverDescription(log, covers.description ?? 'keep', context)
  if (covers.damaged === 'plant') write(join(directory, 'damaged.json'), '{"reason":"damaged"}\n')
  if (covers.damaged === 'plant-held') write(join(directory, 'damaged.json'), '{"reason":"checkpoint-missing","held":5}\n')
  coverOwner(directory, covers.owner ?? 'keep')
  if (covers.lock === 'delete') rmSync(join(directory, 'lock.db'), { force: true })
  if (covers.lock === 'foreign')
    write(join(directory, 'lock.db'), 'not a database, but text that is longer than its header\n'.repeat(20))
  coverExtra(log, covers.extra ?? 'none', context)
}

function sourceOf(log: ForgedLog): string | undefined {
  const text = log.lines[0]?.text
  return text === undefined ? undefined : (JSON.parse(text) as { readonly source: string }).source
}

function coverLines(log: ForgedLog, covers: Covers, other: string): void {
  const { checksums, tags, sequences, segments, trimmed, seals, closed } = covers
  if (seals === 'delete') log.replaceLines(log.lines.filter(({ text }) => !isSeal(text)))
  if (seals === 'other') borrowSeals(log, other)
  if (closed === 'delete') log.replaceLines(log.lines.filter(({ text }) => !text.includes('"type":"audit","action":"closed"')))
  if (trimmed === 'delete') log.replaceLines(log.lines.filter(({ text }) => !text.includes('"type":"audit","action":"trimmed"')))
  if (sequences === 'recompute') renumber(log, sequenceOf(log.lines[0]?.text ?? '') ?? 0)
  if (sequences === 'jump') renumber(log, leavesIn(log.directory) + EXTENDED)
  if (trimmed === 'claim') claimTrimmed(log, 0)
  if (trimmed === 'claim-last') claimTrimmed(log, -1)
  if (tags === 'delete') for (const line of log.lines) line.tag = undefined
  if (tags === 'other') for (const line of log.lines) line.tag &&= 'AAAAAAAAAAAAAAAAAAAAAA'
  if (segments === 'join') log.joinSegments()
  if (segments === 'drop-newest') log.removeNewestGeneration()
  if (segments === 'fit') {
    log.removeEmptySegments()
    log.fitNames()
  }
  if (checksums === 'delete') for (const line of log.lines) line.crc = undefined
  if (checksums === 'recompute') for (const line of log.lines) line.crc = checksumOf(line)
}

/** Seals of another log of the same key, with this log's numbers. */
function borrowSeals(log: ForgedLog, other: string): void {
  const borrowed = ForgedLog.read(other).lines.filter(({ text }) => isSeal(text))
  let next = 0
  for (const line of log.lines) {
    const text = isSeal(line.text) && borrowed.length > 0 ? borrowed[next++ % borrowed.length]!.text : undefined
    if (text !== undefined) line.text = placedAs(text, line.text)
  }
}

/** An event with the source and the sequence of another one. */
function placedAs(text: string, place: string): string {
  const { source, sequence } = JSON.parse(place) as { readonly source: string; readonly sequence: number }
  return withSequence(
    text.replace(/"source":"[^"]*","sequence":\d+}$/, `"source":${JSON.stringify(source)},"sequence":0}`),
    sequence,
  )
}

/** Replaces a line by one that says that everything before the first was deleted. */
function claimTrimmed(log: ForgedLog, at: 0 | -1): void {
  const lines = log.lines
  const [first, claiming] = [lines[0], lines.at(at)]
  if (!first || !claiming) return
  const { id, timestamp, source, sequence } = JSON.parse(claiming.text) as AuditEvent
  const event = JSON.parse(lines.find(({ text }) => text.includes('"type":"audit"'))?.text ?? claiming.text) as object
  const payload = { source, firstKept: sequenceOf(first.text), reason: 'age' }
  claiming.text = JSON.stringify({ ...event, type: 'audit', action: 'trimmed', payload, timestamp, id, source, sequence })
}

/** Leaves appended to the sealed ones. */
const EXTENDED = 20

function leavesIn(directory: string): number {
  return Math.floor(bytesOf(join(directory, 'tiles', '0')).length / 32)
}

function renumber(log: ForgedLog, first: number): void {
  let next = first
  for (const line of log.lines) line.text = withSequence(line.text, next++)
}

/** A segment of a later generation replaces everything from its first sequence on. */
function addLaterSegment(log: ForgedLog, kind: 'empty-later' | 'stray-later' | 'empty-last'): void {
  const lines = log.lines
  const at = kind === 'stray-later' ? lines.length : Math.floor(lines.length / 2)
  const first = sequenceOf(lines[at]?.text ?? '') ?? (sequenceOf(lines.at(-1)?.text ?? '') ?? 0) + 1
  const path = join(log.directory, 'log', segmentName(first, `${kind === 'empty-last' ? LAST_TERM : 9}-0`))
  write(path, kind === 'stray-later' ? `{"version":"1.0","sequence":${first}}\n` : '')
}

function coverLeaves(log: ForgedLog, state: (typeof coverStates.leaves)[number], { older, other }: CoverContext): void {
  const path = join(log.directory, 'tiles', '0')
  if (state === 'delete') return rmSync(path, { force: true })
  if (state === 'older') return copyPiece(older, log.directory, 'tiles/0')
  if (state === 'other') return copyPiece(other, log.directory, 'tiles/0')
  if (state === 'extend') {
    const forged = Array.from({ length: EXTENDED }, (_, index) => leafHash(Buffer.from(`forged ${index}`)))
    return write(path, Buffer.concat([bytesOf(path), ...forged]))
  }
  if (state === 'recompute') write(path, Buffer.concat(leavesOf(log)))
}

function coverUpperTiles(log: ForgedLog, state: (typeof coverStates.upperTiles)[number], { older, other }: CoverContext): void {
  const directory = join(log.directory, 'tiles')
  const levels = existsSync(directory) ? readdirSync(directory).filter((name) => name !== '0') : []
  if (state === 'delete') for (const level of levels) rmSync(join(directory, level))
  if (state === 'older') for (const level of levels) copyPiece(older, log.directory, `tiles/${level}`)
  if (state === 'other') for (const level of levels) copyPiece(other, log.directory, `tiles/${level}`)
  if (state !== 'recompute') return
  const hashes: Uint8Array[][] = []
  const tree = new MerkleTree({
    onHash: ({ level }, hash) => void (level > 0 && level % 8 === 0 && (hashes[level / 8] ??= []).push(hash)),
  })
  for (const leaf of leavesOf(log)) tree.append(leaf)
  for (const [level, each] of hashes.entries()) if (each) write(join(directory, String(level)), Buffer.concat(each))
}

/** The leaves of the existing lines, after the kept leaves of earlier lines. */
function leavesOf(log: ForgedLog): readonly Uint8Array[] {
  const kept = bytesOf(join(log.directory, 'tiles', '0'))
  const first = sequenceOf(log.lines[0]?.text ?? '') ?? 0
  const before = Array.from({ length: first }, (_, at) =>
    at * 32 + 32 <= kept.length ? kept.subarray(at * 32, at * 32 + 32) : leafHash(Buffer.from(`unknown ${at}`)),
  )
  return [...before, ...log.lines.map(({ text }) => leafHash(Buffer.from(text)))]
}

async function coverCheckpoint(
  log: ForgedLog,
  state: (typeof coverStates.checkpoint)[number],
  source: string,
  { ledger, other, nth }: CoverContext,
): Promise<void> {
  const path = join(log.directory, 'checkpoint')
  const genuine = ledger.checkpointsOf(source)
  if (state === 'delete') rmSync(path, { force: true })
  if (state === 'empty') write(path, genuine.find(({ size }) => size === 0)?.text ?? bytesOf(path))
  if (state === 'older' && genuine.length > 0) write(path, genuine[nth % genuine.length]!.text)
  if (state === 'other') copyPiece(other, log.directory, 'checkpoint')
  if (state !== 'stranger' && state !== 'unsigned') return
  const tree = new MerkleTree()
  for (const leaf of leavesOf(log)) tree.append(leaf)
  const text = formatCheckpoint({ origin: source, size: tree.size, root: tree.root() })
  write(path, state === 'unsigned' ? text : await signNote(text, [parseSigningKey(strangerKey.signingKey)]))
}

function coverPlaces(log: ForgedLog, state: (typeof coverStates.places)[number], { older }: CoverContext): void {
  const name = readdirSync(log.directory).find((each) => each === 'offsets.ndjson')
  if (name === undefined || state === 'keep') return
  const path = join(log.directory, name)
  if (state === 'delete') return rmSync(path)
  if (state === 'older') return copyPiece(older, log.directory, name)
  const end = (sequenceOf(log.lines.at(-1)?.text ?? '') ?? 0) + 1
  const moved = state === 'end' ? end : end + 1_000
  const last = bytesOf(path).toString('utf8').trimEnd().split('\n').at(-1) ?? '{}'
  const member = Object.keys(JSON.parse(last) as object)[0] ?? 'offsets'
  const open = `{"${member}":${JSON.stringify({ main: moved, seal: moved })}`
  const line = `${open},"crc":"${crc32(open).toString(16).padStart(8, '0')}"}\n`
  write(path, Buffer.concat([bytesOf(path), Buffer.from(line)]))
}

function coverDescription(log: ForgedLog, state: (typeof coverStates.description)[number], { other }: CoverContext): void {
  const path = join(log.directory, 'source.json')
  if (state === 'delete') return rmSync(path, { force: true })
  if (state === 'other') return copyPiece(other, log.directory, 'source.json')
  if (state !== 'rename' || !existsSync(path)) return
  const described = JSON.parse(readFileSync(path, 'utf8')) as { readonly source: string }
  write(path, `${JSON.stringify({ ...described, source: `${SERVICE}/elsewhere/${described.source.slice(-8)}` })}\n`)
}

function coverOwner(directory: string, state: (typeof coverStates.owner)[number]): void {
  const owners = readdirSync(directory).filter((name) => name.startsWith('owner.'))
  if (state === 'delete') for (const name of owners) rmSync(join(directory, name))
  if (state === 'later') plantOwner(directory, 9)
  if (state === 'last') plantOwner(directory, LAST_TERM)
}

/** One more term is possible behind it. */
const LAST_TERM = 999_999_998

function plantOwner(directory: string, term: number): void {
  write(join(directory, `owner.${term}`), `${JSON.stringify({ term, instance: 'elsewhere', pid: 1 })}\n`)
}

function coverExtra(log: ForgedLog, state: (typeof coverStates.extra)[number], { older }: CoverContext): void {
  const { directory } = log
  const model = log.lines.find(({ text }) => text.includes('"type":"entry"'))?.text
  switch (state) {
    case 'none':
      return
    case 'temporary':
      return write(join(directory, 'log', `${segmentName(0, '9-0')}.tmp`), 'half a line')
    case 'command':
      plantLetter(directory, model)
      return write(
        join(directory, 'commands', 'planted.json'),
        '{"command":"purge-dead-letters","sink":"main","by":"ceo@example.com"}',
      )
    case 'letter':
      return plantLetter(directory, model)
    case 'twin':
      return cpSync(directory, join(dirname(directory), `${basename(directory).slice(0, -8)}aaaaaaaa`), { recursive: true })
    case 'older-twin':
      return older === undefined ? undefined : cpSync(older, `${directory.slice(0, -8)}aaaaaaaa`, { recursive: true })
    case 'old-times':
      for (const name of readdirSync(join(directory, 'log'))) utimesSync(join(directory, 'log', name), 1, 1)
      return
    case 'lost-line-end': {
      const [name] = segmentNames(directory)
      if (name === undefined) return
      const path = join(directory, 'log', name)
      return write(path, readFileSync(path, 'utf8').replace('\n', ''))
    }
    case 'link': {
      const aside = join(dirname(dirname(directory)), 'aside')
      renameSync(join(directory, 'log'), aside)
      return symlinkSync(aside, join(directory, 'log'))
    }
    case 'open-to-all':
      return chmodSync(join(directory, 'log'), 0o777)
    case 'root-description':
      return write(join(dirname(directory), 'source.json'), bytesOf(join(directory, 'source.json')))
    case 'held':
      mkdirSync(join(directory, 'held'), { recursive: true })
      if (model !== undefined)
        write(join(directory, 'held', `${'9'.padStart(20, '0')}.1-0.unauthenticated.ndjson`), `${forged(model)}\n`)
  }
}

/** A dead letter with an event that never was, for the one sink. */
function plantLetter(directory: string, model: string | undefined): void {
  if (model === undefined) return
  const event = JSON.parse(forged(model)) as { readonly id: string; readonly timestamp: string }
  const letter = { sink: 'main', id: event.id, reason: 'refused', at: event.timestamp, event }
  const open = JSON.stringify(letter).slice(0, -1)
  const line = `${open},"crc":"${crc32(open).toString(16).padStart(8, '0')}"}\n`
  mkdirSync(join(directory, 'dead-letters'), { recursive: true })
  write(join(directory, 'dead-letters', 'main.ndjson'), line)
}

function forged(text: string): string {
  return text.replace(/"amount":\d+/, '"amount":666666')
}

/** Undefined if it did not exist at that time. */
function copyPiece(from: string | undefined, to: string, piece: string): void {
  if (from === undefined || !existsSync(join(from, piece))) return
  write(join(to, piece), readFileSync(join(from, piece)))
}

function bytesOf(path: string): Buffer {
  return existsSync(path) ? readFileSync(path) : Buffer.alloc(0)
}

function write(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content, { mode: 0o600 })
}
