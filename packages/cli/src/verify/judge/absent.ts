import type { AbsenceReason, AbsentRange } from '@audit/proof'
import type { Announced, LogEvidence } from '../log-evidence.ts'
import { largest, lower, type Judged } from './judged.ts'

export type IsProven = (event: Announced['by']) => boolean

/** Events that are missing from the input, although a checkpoint covers them or they lie between two other events. */
export function absentFrom(judged: Judged, isProven: IsProven): readonly AbsentRange[] {
  const { log } = judged
  const known = largestKnown(judged)
  if (log.events === 0) return known ? [range(0, known.size - 1, whole(log), said(known))] : []
  return [
    ...(log.first > 0 ? beginning(log, isProven) : []),
    ...log.gaps.flatMap((gap) => withinGap(log, gap, isProven)),
    ...(known && known.size > log.end
      ? [range(log.end, known.size - 1, log.kind === 'copy' ? 'behind' : 'missing', said(known))]
      : []),
  ]
}

/** The largest trusted checkpoint, whether it could be compared or not; without a key and an anchor, the largest of all. */
function largestKnown({ log, judging }: Judged) {
  const checkpoints = log.tree.checkpoints.map(({ checkpoint }) => checkpoint)
  return largest(checkpoints.filter(({ trust, size }) => size > 0 && (trust === 'genuine' || judging.basis === 'nothing')))
}

function whole({ kind }: LogEvidence): AbsenceReason {
  return kind === 'copy' ? 'other-log' : 'missing'
}

function beginning(log: LogEvidence, isProven: IsProven): readonly AbsentRange[] {
  const { kind, first, announced, isFiltered } = log
  const trimmed = bestOf(
    announced.filter(({ why, to }) => why === 'trimmed' && to >= first - 1),
    isProven,
  )
  if (kind === 'journal') return [range(0, first - 1, trimmed ? 'trimmed' : 'missing', trimmed ? by(trimmed, log) : 'nothing')]
  if (isFiltered) return withinGap(log, { from: 0, to: first - 1 }, isProven)
  return [range(0, first - 1, 'before-copy', `the copy, which begins with event ${first}`)]
}

/** The parts of a gap that an event calls expired, and the rest. */
function withinGap(log: LogEvidence, { from, to }: { from: number; to: number }, isProven: IsProven): readonly AbsentRange[] {
  const expired = log.announced
    .filter((each) => each.why === 'expired' && each.from <= to && each.to >= from)
    .toSorted((one, other) => one.from - other.from || Number(isProven(other.by)) - Number(isProven(one.by)))
  const why: AbsenceReason = log.isFiltered ? 'filtered' : log.brokenAt === from ? 'unreadable' : 'missing'
  const saidBy = log.isFiltered
    ? 'the copy, which has selected events'
    : why === 'unreadable'
      ? 'a line that cannot be read'
      : 'nothing'
  const parts: AbsentRange[] = []
  let next = from
  for (const each of expired) {
    if (each.to < next) continue
    if (each.from > next) parts.push(range(next, each.from - 1, why, saidBy))
    parts.push(range(Math.max(next, each.from), Math.min(to, each.to), 'expired', by(each, log)))
    next = each.to + 1
  }
  return next <= to ? [...parts, range(next, to, why, saidBy)] : parts
}

function bestOf(announced: readonly Announced[], isProven: IsProven): Announced | undefined {
  return announced.find(({ by: event }) => isProven(event)) ?? announced[0]
}

function by({ by: { source, sequence } }: Announced, log: LogEvidence): string {
  return source === log.source ? `event ${sequence}` : `event ${sequence} of '${source}'`
}

function said({ where }: { readonly where: string }): string {
  return lower(where)
}

function range(from: number, to: number, why: AbsenceReason, saidBy: string): AbsentRange {
  return { from, to, why, saidBy }
}
