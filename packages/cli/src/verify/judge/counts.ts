import type { EventCounts } from '@audit/proof'
import type { JudgeOptions, LogEvidence } from '../log-evidence.ts'
import type { Span } from '../tree-evidence.ts'

// Counts the events of a log by their evidence. A range is proven if every line of the input in it is. A span of the tree
// may contain others: lines that are changed, out of their place, or that a process took over without proof.

export function countsOf(log: LogEvidence, { basis }: JudgeOptions): EventCounts {
  const { kind, events, tree, odd, unauthenticated } = log
  const other = linesIn(log, merged([...single(odd.other), ...restOf(odd)]))
  const left = linesIn(log, merged([...single(odd.other), ...single(odd.unknown), ...unauthenticated, ...restOf(odd)]))
  const proven = basis === 'nothing' ? 0 : Math.max(0, tree.provenCount - left)
  // A line may be doubtful under more than one checkpoint, but counts once.
  const wrong = Math.min(
    events - proven,
    tree.changedCount + tree.doubtfulCount + (kind === 'journal' ? odd.late.size : 0) + other,
  )
  const unsealed = Math.min(tree.behindCheckpoints, events - proven - wrong)
  return { events, proven, unsealed, unproven: events - proven - wrong - unsealed, wrong }
}

interface ProvenPart extends Pick<LogEvidence, 'odd' | 'unauthenticated' | 'kind' | 'first' | 'end' | 'gaps' | 'gapsAreExact'> {
  readonly tree: Pick<LogEvidence['tree'], 'proven' | 'changed' | 'changedCount'>
}

/**
 * The spans of the tree without the lines that are not proven. A journal may contain a second directory of the log, whose lines
 * are not compared. Therefore its ranges have no sequence without a compared line, even if the kept hashes cover it.
 */
export function provenRanges(log: ProvenPart): readonly Span[] {
  const { tree, odd, unauthenticated, kind, first, end, gaps, gapsAreExact } = log
  const missing = [{ from: -Infinity, to: first - 1 }, ...(gapsAreExact ? gaps : gaps.slice(0, -1)), { from: end, to: Infinity }]
  const without = merged([
    ...(kind === 'journal' ? missing : []),
    ...single(tree.changed),
    ...unauthenticated,
    ...[odd.late, odd.other, odd.unknown].flatMap((sequences) => single(sequences)),
    ...restOf(odd),
    // Not every changed line is named: no line after the last changed one counts.
    ...(tree.changedCount > tree.changed.length ? [{ from: tree.changed.at(-1)!, to: Number.MAX_SAFE_INTEGER - 1 }] : []),
  ])
  if (without.length === 0) return tree.proven
  return tree.proven.flatMap((span) => {
    const parts: Span[] = []
    let from = span.from
    for (const hole of without) {
      if (hole.from >= span.to || hole.to < from) continue
      if (hole.from > from) parts.push({ from, to: hole.from })
      from = hole.to + 1
    }
    if (from < span.to) parts.push({ from, to: span.to })
    return parts
  })
}

/** Both ends included. */
interface Range {
  readonly from: number
  readonly to: number
}

function single(sequences: Iterable<number>): readonly Range[] {
  return Array.from(sequences, (sequence) => ({ from: sequence, to: sequence }))
}

function restOf({ restFrom }: LogEvidence['odd']): readonly Range[] {
  return restFrom === Infinity ? [] : [{ from: restFrom, to: Number.MAX_SAFE_INTEGER - 1 }]
}

/** In order, none of them overlapping another. */
function merged(ranges: readonly Range[]): readonly Range[] {
  const all: Range[] = []
  for (const range of ranges.toSorted((one, other) => one.from - other.from)) {
    const last = all.at(-1)
    if (last && range.from <= last.to) all[all.length - 1] = { from: last.from, to: Math.max(last.to, range.to) }
    else all.push(range)
  }
  return all
}

/**
 * Returns the number of unchanged lines of those ranges in the proven spans of the tree. The caller subtracts it, so it may be
 * too high: then the count of proven events is too low, and never too high.
 */
export function linesIn({ tree, first, end, gaps, gapsAreExact }: LogEvidence, ranges: readonly Range[]): number {
  // The kept hashes may continue after the last line.
  const spans = tree.proven.map(({ from, to }) => ({ from: Math.max(from, first), to: Math.min(to, end) - 1 }))
  const within = overlaps(spans, ranges)
  const holes = overlaps(within, gapsAreExact ? gaps : gaps.slice(0, -1))
  const changed = overlaps(within, merged(single(tree.changed)))
  return lengthOf(within) - lengthOf(holes) - lengthOf(changed)
}

function lengthOf(ranges: readonly Range[]): number {
  return ranges.reduce((sum, { from, to }) => sum + to - from + 1, 0)
}

/** The parts that two lists of ranges have in common, both in order. */
function overlaps(ones: readonly Range[], others: readonly Range[]): readonly Range[] {
  const found: Range[] = []
  for (let one = 0, other = 0; one < ones.length && other < others.length;) {
    const from = Math.max(ones[one]!.from, others[other]!.from)
    const to = Math.min(ones[one]!.to, others[other]!.to)
    if (from <= to) found.push({ from, to })
    if (ones[one]!.to < others[other]!.to) one++
    else other++
  }
  return found
}
