import { acceptances, type Acceptance } from '@audit/proof'
import type { FoundCheckpoint } from '../found-checkpoint.ts'
import type { LogEvidence } from '../log-evidence.ts'
import type { Doubt, DoubtReason } from '../report.ts'
import { absentFrom, type IsProven } from './absent.ts'
import { linesIn } from './counts.ts'
import { counted, largest, lower, upper, type Judged } from './judged.ts'

// A tail is limited, because otherwise a whole log without its seals would be one. A seal is due a second after an event in a
// journal, and a minute (five if nothing happens) in a copy; the rest is a margin for a busy machine.
const TAIL_MS = { journal: 60_000, copy: 360_000 }
const TAIL_EVENTS = 50_000

/** Why events of a log are not proven although nothing is wrong. */
export function doubtsAbout(judged: Judged, isProven: IsProven): readonly Doubt[] {
  const { log, judging } = judged
  const doubt = (reason: DoubtReason, message: string, from?: number, to?: number): Doubt => ({
    reason,
    isAccepted: isAcceptance(reason) && judging.accepts.has(reason),
    ...(from !== undefined && to !== undefined && { from, to }),
    message,
  })
  const doubts: Doubt[] = []
  const add = (...args: Parameters<typeof doubt>) => void doubts.push(doubt(...args))
  if (log.events === 0) {
    const known =
      log.kind === 'copy'
        ? largest(log.tree.checkpoints.map(({ checkpoint }) => checkpoint).filter(({ kind }) => kind !== 'checkpoint'))
        : undefined
    if (known && known.size > 0 && judging.basis !== 'nothing')
      add(
        'other-logs',
        `${known.where} covers ${counted(known.size)} of this log, and all of them are missing.`,
        0,
        known.size - 1,
      )
    return doubts
  }
  if (judging.basis === 'nothing') {
    if (judging.strict) add('nothing-given', 'Neither a key nor an anchor was given, so nothing is proven.')
    return doubts
  }
  const unknown = unknownKey(judged)
  if (unknown) add('unknown-key', `${unknown.where} is signed by ${unknown.signedBy.join(' and ')}, a key that was not given.`)
  beginningDoubts(judged, isProven, add)
  middleDoubts(judged, add)
  if (!unknown) tailDoubts(judged, add)
  behindDoubts(judged, add)
  for (const { from, to, by } of log.unauthenticated) {
    if (log.isFiltered && linesIn(log, [{ from, to }]) === 0) continue
    const events = counted(to - from + 1)
    add('unauthenticated', `${events} were recovered without evidence that they are genuine, as ${by} records.`, from, to)
  }
  notCompared(judged, add)
  lateDoubts(judged, add)
  expiredDoubts(judged, isProven, add)
  return doubts
}

/** A sink that gets an event again gets the same line. If the first one is too far back, it is unknown if it is the same. */
function notCompared({ log }: Judged, add: Add): void {
  const [first] = log.odd.unknown
  if (first === undefined) return
  const count = counted(log.odd.unknown.size)
  const message = `${count} ${log.odd.unknown.size === 1 ? 'occurs' : 'occur'} twice, too far apart to be compared. The first is event ${first}.`
  add('not-compared', message, first, first)
}

/** A sink gets a replayed dead letter after later events. Nothing in the copy shows that it is the event that was sealed. */
function lateDoubts({ log }: Judged, add: Add): void {
  const [first] = log.odd.late
  if (log.kind === 'journal' || first === undefined) return
  const { size } = log.odd.late
  const message = `${counted(size)} ${size === 1 ? 'comes' : 'come'} after later events, as replayed dead letters do, and ${size === 1 ? 'is' : 'are'} not proven. The first is event ${first}.`
  add('late', message, first, first)
}

type Add = (reason: DoubtReason, message: string, from?: number, to?: number) => void

function isAcceptance(reason: DoubtReason): reason is Acceptance {
  return (acceptances as readonly DoubtReason[]).includes(reason)
}

/** A checkpoint by a key that was not given, which covers more events than are proven without it. */
function unknownKey({ log, provenTo }: Judged) {
  const checkpoints = log.tree.checkpoints.filter(({ holds }) => holds !== false).map(({ checkpoint }) => checkpoint)
  const unknown = largest(checkpoints.filter(({ trust }) => trust === 'unknown-key'))
  return unknown && unknown.size > provenTo ? unknown : undefined
}

function beginningDoubts({ log, provenTo }: Judged, isProven: IsProven, add: Add): void {
  const { kind, first, announced, tree } = log
  const start = tree.proven[0]?.from
  if (first === 0 || start === undefined || provenTo === 0) return
  if (start > first) {
    const range = `events ${first} to ${start - 1} are not proven`
    if (log.isFiltered) add('hashes-gone', `The kept hashes (tiles) are gone: ${range}.`, first, start - 1)
    else if (kind === 'copy')
      add('late-start', `The copy begins late: ${range}, because they precede its first seal.`, first, start - 1)
    else
      add(
        'hashes-gone',
        `The first events were deleted and the kept hashes (tiles) are gone: ${range}, up to the first seal.`,
        first,
        start - 1,
      )
  }
  const trimmed = announced.filter(({ why, to }) => why === 'trimmed' && to >= first - 1)
  if (kind === 'journal' && trimmed.length > 0 && !trimmed.some(({ by }) => isProven(by)))
    add(
      'trimmed-unsealed',
      `Event ${trimmed[0]!.by.sequence} says that events before ${first} were deleted, but no checkpoint proves it.`,
    )
}

/** Selected events between two parts that are proven: the hashes of the lines between them are gone. */
function middleDoubts({ log }: Judged, add: Add): void {
  if (!log.isFiltered) return
  for (const [index, { from }] of log.tree.proven.entries()) {
    const before = log.tree.proven[index - 1]
    if (before && before.to < from)
      add(
        'hashes-gone',
        `The kept hashes (tiles) are gone: events ${before.to} to ${from - 1} are not proven.`,
        before.to,
        from - 1,
      )
  }
}

function tailDoubts({ log, judging, provenTo }: Judged, add: Add): void {
  const { kind, tree, end, events, hasClosingSeal } = log
  const count = tree.behindProven
  if (count === 0 || (hasClosingSeal && provenTo === end - 1)) return
  const [from, to] = [Math.max(provenTo, log.first), end - 1]
  const isBounded = log.tailSpanMs(provenTo) <= TAIL_MS[kind] && count <= TAIL_EVENTS
  if (judging.basis === 'anchors') {
    const anchored = largest(tree.checkpoints.map(({ checkpoint }) => checkpoint).filter(({ kind: at }) => at === 'anchor'))
    const known = anchored ? `${lower(anchored.where)} ends before them` : 'no anchor covers them'
    return add('above-anchor', `${count} of ${counted(events)} are not proven: ${known}.`, from, to)
  }
  if (provenTo === 0) {
    const isOnlyBegun = tree.checkpoints.some(({ checkpoint, holds }) => holds === true && checkpoint.trust === 'genuine')
    if (isOnlyBegun && !isBounded)
      return add('long-tail', `${count} of ${counted(events)} are not proven, although a seal was due.`, from, to)
    return add('unsealed-logs', `The log is not sealed: no checkpoint proves any of its ${counted(events)}.`, from, to)
  }
  // A container that was killed before its log had a seal looks like one whose seals were removed.
  if (kind === 'copy' && log.largestSealSize === 0)
    return add('unsealed-logs', `${count} of ${counted(events)} are not proven: the copy has no seal.`, from, to)
  const uncompared = uncomparedOver(log, provenTo)
  if (uncompared) {
    const message = `${count} of ${counted(events)} are not proven: ${lower(uncompared.where)} covers ${counted(uncompared.size)}, but the hashes to compare it with are gone.`
    return add('hashes-gone', message, from, to)
  }
  const hasOpenSeal = tree.checkpoints.some(
    ({ checkpoint, holds }) => checkpoint.kind === 'seal' && checkpoint.size > provenTo && checkpoint.size <= end && !holds,
  )
  if (isBounded && !hasOpenSeal)
    return add('tail', `The last ${counted(count)} ${count === 1 ? 'is' : 'are'} not sealed yet.`, from, to)
  add('long-tail', `${count} of ${counted(events)} are not proven, although a seal was due.`, from, to)
}

/**
 * Finds a trusted checkpoint that covers some of the last lines and could not be compared with them. They are not a tail then.
 */
function uncomparedOver(log: LogEvidence, provenTo: number): FoundCheckpoint | undefined {
  const uncompared = log.tree.checkpoints.filter(({ checkpoint, holds }) => holds === undefined && checkpoint.trust === 'genuine')
  // A copy of a whole log that ends early may have a tail: a seal was due for its lines when they were written.
  const isOver = ({ size }: FoundCheckpoint) => size > provenTo && (log.isFiltered || size <= log.end)
  return largest(uncompared.map(({ checkpoint }) => checkpoint).filter(isOver))
}

function behindDoubts({ log }: Judged, add: Add): void {
  if (log.kind === 'journal') return
  const beyond = largest(
    log.tree.checkpoints.map(({ checkpoint }) => checkpoint).filter(({ kind, size }) => kind !== 'checkpoint' && size > log.end),
  )
  if (!beyond || log.isFiltered) return
  const message = `${counted(beyond.size - log.end)} that ${lower(beyond.where)} covers ${beyond.size - log.end === 1 ? 'is' : 'are'} missing: the copy is behind, or its end was cut off.`
  add('behind', message, log.end, beyond.size - 1)
}

function expiredDoubts(judged: Judged, isProven: IsProven, add: Add): void {
  const { announced } = judged.log
  const used = absentFrom(judged, isProven).filter(({ why }) => why === 'expired')
  for (const { from, to, saidBy } of used) {
    const isSealed = announced.some((each) => each.why === 'expired' && each.from <= from && each.to >= to && isProven(each.by))
    if (!isSealed)
      add('expired', `${upper(saidBy)} says that events ${from} to ${to} expired, but no checkpoint proves it.`, from, to)
  }
}
