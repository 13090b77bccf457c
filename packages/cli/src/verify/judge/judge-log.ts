import type { Verdict } from '@audit/proof'
import type { ComparedCheckpoint } from '../tree-evidence.ts'
import type { FoundCheckpoint } from '../found-checkpoint.ts'
import type { JudgeOptions, LogEvidence } from '../log-evidence.ts'
import type { Doubt, SourceReport } from '../report.ts'
import { absentFrom, type IsProven } from './absent.ts'
import { countsOf, provenRanges } from './counts.ts'
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
    counts: countsOf(log, judging),
    events: log.events,
    first: log.first,
    end: log.end,
    proven: judging.basis === 'nothing' ? [] : provenRanges(log),
    coveredFrom: Math.min(log.tree.coveredFrom, sealedTo),
    sealedTo,
    signedBy: newest?.signedBy ?? [],
    signatures: signaturesOf(newest, judging),
    findings,
    doubts,
    absent: absentFrom(judged, isProven),
    notes: notesOn(judged),
  }
}

function judgedFrom(log: LogEvidence, judging: JudgeOptions): Judged {
  const held = log.tree.checkpoints.filter(({ holds }) => holds).map(checkpointOf)
  // Anyone can make a checkpoint by another key, so it says nothing that the trusted ones do not say.
  const newest = largest(held.filter(({ trust }) => trust === 'genuine')) ?? largest(held)
  return { log, judging, newest, provenTo: log.tree.proven.at(-1)?.to ?? 0, coveredTo: newest?.size ?? 0 }
}

function signaturesOf(newest: FoundCheckpoint | undefined, { basis }: JudgeOptions): SourceReport['signatures'] {
  if (newest?.signedBy.length === 0) return 'unsigned'
  return basis === 'keys' && newest?.trust !== 'unknown-key' ? 'checked' : 'not-checked'
}

function verdictOf(isWrong: boolean, doubts: readonly Doubt[], { basis }: JudgeOptions): Verdict {
  if (isWrong) return 'wrong'
  if (doubts.some(({ isAccepted }) => !isAccepted)) return 'unproven'
  return basis === 'nothing' ? 'consistent' : 'proven'
}

function checkpointOf({ checkpoint }: ComparedCheckpoint): FoundCheckpoint {
  return checkpoint
}
