import type { EventCounts, Verdict } from '@audit/proof'
import type { CheckedClaim, Span } from '../tree-evidence.ts'
import type { Claim } from '../claims.ts'
import type { JudgeOptions, LogEvidence } from '../log-evidence.ts'
import type { Doubt, SourceReport } from '../report.ts'
import { absentFrom, type IsProven } from './absent.ts'
import { doubtsAbout } from './doubts.ts'
import { largest, type Judged } from './judged.ts'
import { notesOn } from './notes.ts'
import { findingsIn } from './wrong.ts'

// Judges the evidence of a log by the table of states in docs/proof.md. First what is wrong, then what is not proven
// although nothing is wrong, then remarks.

export function judgeLog(log: LogEvidence, judging: JudgeOptions, isProven: IsProven): SourceReport {
  const judged = judgedFrom(log, judging)
  const { newest } = judged
  const findings = findingsIn(judged)
  const doubts = doubtsAbout(judged, isProven)
  const sealedTo = newest?.size ?? 0
  return {
    source: log.source,
    verdict: verdictOf(findings.length > 0, doubts, judging),
    counts: countsOf(judged),
    events: log.events,
    first: log.first,
    end: log.end,
    proven: judging.basis === 'nothing' ? [] : exactSpans(log),
    coveredFrom: Math.min(log.tree.coveredFrom, sealedTo),
    sealedTo,
    signedBy: newest?.signedBy ?? [],
    signatures: newest && newest.signedBy.length === 0 ? 'unsigned' : judging.basis === 'keys' ? 'checked' : 'not-checked',
    findings,
    doubts,
    absent: absentFrom(judged, isProven),
    notes: notesOn(judged),
  }
}

function judgedFrom(log: LogEvidence, judging: JudgeOptions): Judged {
  const held = log.tree.claims.filter(({ holds }) => holds)
  return {
    log,
    judging,
    newest: largest(held.map(claimOf)),
    provenTo: log.tree.proven.at(-1)?.to ?? 0,
    coveredTo: largest(held.map(claimOf))?.size ?? 0,
  }
}

function verdictOf(isWrong: boolean, doubts: readonly Doubt[], { basis }: JudgeOptions): Verdict {
  if (isWrong) return 'wrong'
  if (doubts.some(({ isAccepted }) => !isAccepted)) return 'unproven'
  return basis === 'nothing' ? 'consistent' : 'proven'
}

function countsOf({ log, judging }: Judged): EventCounts {
  const { events, tree } = log
  const proven = judging.basis === 'nothing' ? 0 : Math.max(0, tree.provenCount - takenOver(log))
  // A line may be doubtful under more than one checkpoint, but counts once.
  const wrong = Math.min(events - proven, tree.changedCount + tree.doubtfulCount)
  const unsealed = Math.min(tree.behindClaims, events - proven - wrong)
  return { events, proven, unsealed, unproven: events - proven - wrong - unsealed, wrong }
}

/** Lines in proven spans that a process took over without proof. One that is changed too is not counted with the proven ones. */
function takenOver({ tree, gaps, unauthenticated }: LogEvidence): number {
  const spans = tree.proven.flatMap(({ from, to }) => {
    const parts = unauthenticated.map((range) => ({ from: Math.max(from, range.from), to: Math.min(to, range.to + 1) }))
    return united(parts.filter((part) => part.from < part.to))
  })
  const isIn = (sequence: number) => spans.some(({ from, to }) => from <= sequence && sequence < to)
  const leaves = spans.reduce((sum, { from, to }) => sum + to - from, 0)
  const missing = gaps.reduce((sum, gap) => sum + overlapOf(spans, gap), 0)
  return leaves - missing - tree.changed.filter(isIn).length
}

/** The same sequences, each in one span. */
function united(spans: readonly Span[]): readonly Span[] {
  const parts: Span[] = []
  for (const { from, to } of spans.toSorted((one, other) => one.from - other.from)) {
    const last = parts.at(-1)
    if (last && from <= last.to) parts[parts.length - 1] = { from: last.from, to: Math.max(last.to, to) }
    else parts.push({ from, to })
  }
  return parts
}

function overlapOf(spans: readonly Span[], { from, to }: { readonly from: number; readonly to: number }): number {
  return spans.reduce((sum, span) => sum + Math.max(0, Math.min(span.to, to + 1) - Math.max(span.from, from)), 0)
}

/** The proven spans without the events in them that are changed, or that a process took over without proof. */
function exactSpans({ tree, unauthenticated }: LogEvidence): readonly Span[] {
  const without = [
    ...tree.changed.map((sequence) => ({ from: sequence, to: sequence })),
    ...unauthenticated,
    // Not every changed line is named: no line behind the last changed one counts.
    ...(tree.changedCount > tree.changed.length ? [{ from: tree.changed.at(-1)!, to: Number.MAX_SAFE_INTEGER - 1 }] : []),
  ].toSorted((one, other) => one.from - other.from)
  return tree.proven.flatMap((span) => {
    const parts: Span[] = []
    let from = span.from
    for (const hole of without) {
      if (hole.from >= span.to || hole.to < from) continue
      if (hole.from > from) parts.push({ from, to: hole.from })
      from = hole.to + 1
    }
    return from < span.to ? [...parts, { from, to: span.to }] : parts
  })
}

function claimOf({ claim }: CheckedClaim): Claim {
  return claim
}
