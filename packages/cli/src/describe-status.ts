import type { HeldLog, SourceState, TrailSource } from '@audit/core/trail'
import { checkpointStateOf } from './checkpoint-state.ts'
import { printable } from './printable.ts'
import { count, roughly, table, type Paint } from './terminal.ts'

/** Format 1 has no tags. Such a log is read, but not continued. */
const KNOWN_FORMATS: ReadonlySet<number> = new Set([1, 2])

/** The state of a log, for programs. */
export function statusJson(source: TrailSource, state: SourceState, now: number): object {
  const checkpoint = state.checkpoint && checkpointStateOf(state.checkpoint.text)
  const sinks = new Set([...state.offsets.keys(), ...state.deadLetters.keys()])
  return {
    source: source.source ?? source.name,
    directory: source.directory,
    service: source.service ?? null,
    owner: state.owner ?? null,
    state: wordFor(state),
    isDamaged: state.damage !== undefined,
    damage: state.damage ?? null,
    held: state.held?.lines ?? 0,
    problem: state.problem ?? null,
    events: state.end - state.first,
    first: state.first,
    end: state.end,
    bytes: state.bytes,
    newestAt: state.newestAt ?? null,
    sinks: Object.fromEntries(
      [...sinks].map((name) => {
        const offset = state.offsets.get(name)
        const lag = offset === undefined ? null : lagOf(offset, state)
        return [name, { offset: offset ?? null, lag, deadLetters: state.deadLetters.get(name) ?? 0 }]
      }),
    ),
    checkpoint:
      state.checkpoint && checkpoint
        ? { ...checkpoint, at: new Date(state.checkpoint.at).toISOString(), ageMs: Math.max(0, now - state.checkpoint.at) }
        : null,
    unsealed: state.end - (checkpoint?.size ?? 0),
  }
}

/** The state of a log, as lines of text. */
export function statusLines(source: TrailSource, state: SourceState, now: number, paint: Paint): readonly string[] {
  const { owner, newestAt, first, end, bytes, deadLetters } = state
  const rows: (readonly [string, string])[] = [
    ['owner', ownerText(state)],
    [
      'events',
      `${count(end - first, 'event')}${first > 0 ? ` from #${first}; older events were trimmed` : ''}, ${megabytes(bytes)}`,
    ],
    ['newest', newestAt === undefined ? 'none' : `${printable(newestAt)}, ${roughly(now - Date.parse(newestAt))} ago`],
    ...sinkRows(state),
    ...[...deadLetters].map(([sink, number]) => [`dead letters`, `${count(number, 'letter')} of '${printable(sink)}'`] as const),
    ['checkpoint', checkpointText(state, now)],
    ...(state.damage === undefined ? [] : [['damaged', damageText(state.damage)] as const]),
    ...(state.problem === undefined ? [] : [['set aside', printable(state.problem)] as const]),
    ...(state.held ? [['held', heldText(state.held)] as const] : []),
    ...(source.format !== undefined && !KNOWN_FORMATS.has(source.format)
      ? [['format', `${source.format}, which this version does not support`] as const]
      : []),
  ]
  const colour =
    state.damage !== undefined || state.problem !== undefined
      ? 'red'
      : owner?.state === 'running' && !state.isClosed
        ? 'green'
        : 'dim'
  return [
    `${paint('bold', printable(source.source ?? source.name))} ${paint(colour, wordFor(state))}`,
    ...table(rows.map(([name, text]) => [`  ${name}`, text])),
  ]
}

const damages: Readonly<Record<string, string>> = {
  'begins-late': 'its first event comes after the end of its checkpoint',
  changed: 'a line that its checkpoint covers was changed',
  'checkpoint-missing': 'its checkpoint is missing',
  'checkpoint-not-ours': "its checkpoint is not signed by the service's key, as after the first start with a key",
  empty: 'it was found without events',
  'hashes-changed': 'its hashes do not match its checkpoint',
  released: 'a person released it while it was held as a whole',
  'rolled-back': 'an anchor has a larger checkpoint, and this log does not have its events',
  truncated: 'it is shorter than its checkpoint',
  untagged: 'its last line has no authentication tag: a process without the key wrote it',
}

function damageText(reason: string): string {
  return `${Object.hasOwn(damages, reason) ? damages[reason] : 'parts of it cannot be read'}; it is never written again`
}

function heldText({ log, lines, isWhole }: HeldLog): string {
  const what = isWhole ? 'the whole log' : count(lines, 'line')
  return `${what}: nothing shows that the service wrote it. Read it, then 'audit journal release ${printable(log)} --by <person> --key-file <key>'`
}

function sinkRows(state: SourceState): readonly (readonly [string, string])[] {
  return [...state.offsets].map(([name, offset]) => {
    const lag = lagOf(offset, state)
    return ['sink', `'${printable(name)}' at #${offset}, ${lag === 0 ? 'nothing pending' : `${count(lag, 'event')} pending`}`]
  })
}

function checkpointText({ checkpoint, end }: SourceState, now: number): string {
  if (!checkpoint) return `none; ${count(end, 'event')} unsealed`
  const read = checkpointStateOf(checkpoint.text)
  if (!read) return "it cannot be read; run 'audit verify'"
  const signers = read.signedBy.length > 0 ? `signed by ${read.signedBy.map(printable).join(' and ')}` : 'unsigned'
  const age = `${roughly(now - checkpoint.at)} ago`
  return `over ${count(read.size, 'event')}, ${age}, ${signers}; ${count(Math.max(0, end - read.size), 'event')} unsealed`
}

function ownerText({ owner, isClosed }: SourceState): string {
  if (!owner) return 'none yet'
  const who = `process ${owner.pid} on '${printable(owner.instance)}', term ${owner.term}`
  if (isClosed) return `${who}; it closed the log`
  if (owner.state === 'running') return `${who}; it is running`
  if (owner.state === 'gone') return `${who}; it ended without closing the log`
  return `${who}; it is unknown if it is running`
}

function wordFor({ owner, isClosed, damage }: SourceState): string {
  if (damage !== undefined) return 'damaged'
  if (isClosed) return 'closed'
  return owner?.state ?? 'new'
}

/** Counts the events of the log, including those that the sink filters out. */
function lagOf(offset: number, { first, end }: SourceState): number {
  return Math.max(0, end - Math.max(offset, first))
}

function megabytes(bytes: number): string {
  return bytes < 1 << 20 ? `${(bytes / 1_024).toFixed(1)} KiB` : `${(bytes / (1 << 20)).toFixed(1)} MiB`
}
