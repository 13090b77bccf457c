import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openCheckpoint, parseVerifierKey } from '../../../packages/proof/dist/index.js'
import { nextKey, serviceKey } from './keys.ts'
import type { GenuineCheckpoint, Ledger } from './ledger.ts'
import type { Violation } from './oracles.ts'
import { inPlace, logDirectories, timeOf, type ShownEvent } from './shown-events.ts'
import type { Outcome, ServiceRun } from './trial.ts'

const KEYS: readonly string[] = [serviceKey.verifierKey, nextKey.verifierKey]

/** Compares the actions of the services on the journal with the ledger. */
export async function judgeServices({ runs, ledger, journal, program }: Outcome): Promise<readonly Violation[]> {
  // Logs that are held as a whole, were marked before, or were read by every known sink are not reported again.
  const isMarked = program.covers.damaged !== undefined && program.covers.damaged !== 'keep'
  return [
    ...runs.flatMap((run) => signedAreOriginal(run, ledger)),
    ...checkpointsAreOriginal(journal, ledger, runs),
    ...runs.flatMap((run) => deliveredAreOriginal(run, ledger)),
    ...(isMarked ? [] : runs.flatMap((run) => originalsAreDelivered(run, ledger))),
    ...runs.flatMap((run) => originalsStay(run, ledger)),
    ...runs.flatMap(recordsNameWhoActed),
  ]
}

function signedAreOriginal({ published, step, after }: ServiceRun, ledger: Ledger): readonly Violation[] {
  for (const checkpoint of published) {
    const forged = ledger.firstForged(checkpoint, KEYS, textsIn(after, checkpoint.origin, ledger))
    if (forged !== undefined)
      return [
        {
          oracle: 'signed events are original',
          what: `a service (${step}) signed ${checkpoint.size} events of ${checkpoint.origin}, and they are not what was recorded (from ${forged})`,
        },
      ]
  }
  return []
}

/** Files next to a log may not have been published. */
function checkpointsAreOriginal(journal: string, ledger: Ledger, runs: readonly ServiceRun[]): readonly Violation[] {
  const after = runs.at(-1)?.after
  if (!after) return []
  for (const directory of logDirectories(journal)) {
    const path = join(directory, 'checkpoint')
    const checkpoint = existsSync(path) ? opened(readFileSync(path, 'utf8')) : undefined
    // It belongs to another trail, and no service of this one signed it.
    if (!checkpoint || !ledger.sources.includes(checkpoint.origin)) continue
    // It was judged when it was published. Lines that were written again since then, as originals, do not make it a forgery.
    if (ledger.isGenuine(checkpoint.text)) continue
    const forged = ledger.firstForged(checkpoint, KEYS, textsIn(after, checkpoint.origin, ledger))
    if (forged !== undefined)
      return [
        {
          oracle: 'signed events are original',
          what: `beside ${checkpoint.origin} stands a signed checkpoint over ${checkpoint.size} events, and they are not what was recorded (from ${forged})`,
        },
      ]
  }
  return []
}

/** Lines that may be signed: unchanged originals, and those that a record calls unauthenticated. */
function textsIn(events: readonly ShownEvent[], source: string, ledger: Ledger): (sequence: number) => string | undefined {
  const texts = new Map<number, string>()
  for (const event of inPlace(events)) {
    if (event.source !== source) continue
    const { sequence, text } = event
    if (ledger.isOriginal(source, sequence, text) || isFlagged(events, source, sequence)) texts.set(sequence, text)
  }
  return (sequence) => texts.get(sequence)
}

function opened(text: string): GenuineCheckpoint | undefined {
  const origin = text.split('\n', 1)[0]!
  try {
    const { size } = openCheckpoint(text, { origin, verifiers: KEYS.map(parseVerifierKey) })
    return { origin, size, text }
  } catch {
    return undefined
  }
}

function deliveredAreOriginal(
  { delivered, step, after, signed, released, describedAs }: ServiceRun,
  ledger: Ledger,
): readonly Violation[] {
  for (const text of delivered) {
    const { source, sequence } = JSON.parse(text) as { readonly source: string; readonly sequence: number }
    // Without a key a stripped log looks like one that was never sealed, so no promise is made about it.
    if (step === 'unsealed' && !signed.has(source)) continue
    if (describedAs.get(source)?.some((name) => released.has(name))) continue
    if (!ledger.isOriginal(source, sequence, text) && !isFlagged(after, source, sequence))
      return [
        {
          oracle: 'delivered events are original',
          what: `a service (${step}) delivered the forged event ${sequence} of ${source}`,
        },
      ]
  }
  return []
}

/** True if a record calls these events unauthenticated: a signer without a tag key cannot check them. */
export function isFlagged(events: readonly ShownEvent[], source: string, sequence: number): boolean {
  return recordsOf(events, 'recovered').some(
    (payload) =>
      payload.source === source &&
      payload.reason === 'unauthenticated' &&
      payload.from !== undefined &&
      payload.from <= sequence &&
      (payload.lines === undefined || sequence < payload.from + payload.lines || payload.to !== undefined),
  )
}

interface RecordPayload {
  readonly source?: string
  readonly reason?: string
  readonly from?: number
  readonly to?: number
  readonly lines?: number
  readonly by?: string
  readonly via?: string
}

/** Records of lists that were searched before. Oracles ask for each event of a list. */
const recordsKnown = new WeakMap<readonly ShownEvent[], Map<string, readonly RecordPayload[]>>()

function recordsOf(events: readonly ShownEvent[], action: string): readonly RecordPayload[] {
  const known = recordsKnown.get(events) ?? new Map<string, readonly RecordPayload[]>()
  recordsKnown.set(events, known)
  const records =
    known.get(action) ??
    events.flatMap(({ text }) =>
      text.startsWith(`{"version":"1.0","type":"audit","action":"${action}"`)
        ? [(JSON.parse(text) as { readonly payload: RecordPayload }).payload]
        : [],
    )
  known.set(action, records)
  return records
}

/** Every original that the service found is delivered, or its own records or warnings name the log. */
function originalsAreDelivered(
  { before, delivered, had, after, warnings, step, describedAs }: ServiceRun,
  ledger: Ledger,
): readonly Violation[] {
  if (step === 'replay-letters') return []
  const places = new Set(
    [...had, ...delivered].map((text) => /"source":"([^"]*)","sequence":(\d+)}$/.exec(text)?.slice(1).join(' ')),
  )
  // An earlier start may have recorded it, in a line that was deleted since then.
  const all = new Map([...before, ...after].map((event) => [event.text, event]))
  const own = [...all.values()].filter((event) => ledger.isOriginal(event.source, event.sequence, event.text))
  const records = [...recordsOf(own, 'recovered'), ...recordsOf(own, 'lost')]
  const named = new Set(records.filter(({ reason }) => reason !== 'torn').map(({ source }) => source))
  // A torn write is no reason to leave out lines before it, or more than it has. With a hole, it has lines after the first ones.
  const left = new Map(records.filter(({ reason }) => reason === 'torn').map((record) => [record, record.lines ?? 0]))
  const isTorn = (source: string, sequence: number) => {
    const found = [...left].find(([{ from = 0, ...each }, lines]) => each.source === source && from <= sequence && lines > 0)
    if (found) left.set(found[0], found[1] - 1)
    return found !== undefined
  }
  const isNamed = (source: string, sequence: number) =>
    isTorn(source, sequence) ||
    [source, ...(describedAs.get(source) ?? [])].some(
      (name) => named.has(name) || warnings.some((text) => text.includes(name.slice(-8))),
    )
  for (const { source, sequence, text, isIntact } of inPlace(before)) {
    if (
      !isIntact ||
      !ledger.isOriginal(source, sequence, text) ||
      places.has(`${source} ${sequence}`) ||
      isNamed(source, sequence)
    )
      continue
    return [
      {
        oracle: 'originals are delivered',
        what: `a service (${step}) did not deliver event ${sequence} of ${source}, and does not say so`,
      },
    ]
  }
  return []
}

/** A service deletes only old and delivered lines, and names everything that it holds or sets aside. */
function originalsStay({ before, after, step, warnings, keptSince }: ServiceRun, ledger: Ledger): readonly Violation[] {
  if (step === 'trim') return []
  const left = new Set(after.map(({ text }) => text))
  const known = new Set(before.map(({ text }) => text))
  const named = new Set(
    recordsOf(
      after.filter(({ text }) => !known.has(text)),
      'recovered',
    ).map(({ source }) => source),
  )
  for (const { source, sequence, text, isIntact } of inPlace(before)) {
    if (!isIntact || !ledger.isOriginal(source, sequence, text) || left.has(text) || named.has(source)) continue
    // A life whose clock was set back recorded events that are too old by now.
    if (timeOf(text) < keptSince) continue
    if (warnings.some((warning) => warning.includes(source.slice(-8)))) continue
    return [{ oracle: 'originals stay', what: `a service (${step}) deleted event ${sequence} of ${source}` }]
  }
  return []
}

/** The attacker writes the request file, not the person whom it names. */
function recordsNameWhoActed({ after, before, step }: ServiceRun): readonly Violation[] {
  const known = new Set(before.map(({ text }) => text))
  const own = after.filter(({ text }) => !known.has(text))
  const blamed = recordsOf(own, 'purged').find(({ by }) => by === 'ceo@example.com')
  return blamed
    ? [
        {
          oracle: 'records name who acted',
          what: `a service (${step}) recorded that ceo@example.com purged what a planted file asked for`,
        },
      ]
    : []
}
