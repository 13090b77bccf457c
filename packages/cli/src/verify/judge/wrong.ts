import type { FoundCheckpoint } from '../found-checkpoint.ts'
import type { LogEvidence } from '../log-evidence.ts'
import type { Finding } from '../report.ts'
import { counted, largest, lower, type Judged } from './judged.ts'

/** The findings in a log, the first bad event first. */
export function findingsIn(judged: Judged): readonly Finding[] {
  const { log } = judged
  return [
    ...log.findings,
    ...log.rejected.map(({ cause, message, sequence }) => ({ cause, message, ...(sequence !== undefined && { sequence }) })),
    ...missingBeginning(log),
    ...beginsBehindCheckpoint(log),
    ...changedLines(log),
    ...wrongCheckpoints(log),
    ...checkpointsBeyondEnd(log),
    ...staleCheckpoint(log),
    ...afterEnd(judged),
  ]
    .filter(firstOfItsKind())
    .toSorted((one, other) => (one.sequence ?? -1) - (other.sequence ?? -1))
}

function missingBeginning({ kind, first, events, announced }: LogEvidence): readonly Finding[] {
  if (kind === 'copy' || events === 0 || first === 0 || announced.some(({ why, to }) => why === 'trimmed' && to >= first - 1))
    return []
  const message = `The log begins with event ${first}, but no event records that the earlier ones were deleted.`
  return [{ cause: 'missing', sequence: 0, to: first - 1, message }]
}

/** A journal keeps the segment that holds the last sealed event, so its hashes never run ahead of its lines. */
function beginsBehindCheckpoint({ kind, first, events, ownCheckpoint }: LogEvidence): readonly Finding[] {
  if (kind === 'copy' || events === 0 || typeof ownCheckpoint !== 'number' || first <= ownCheckpoint) return []
  const message = `The log begins with event ${first}, but its checkpoint covers only ${counted(ownCheckpoint)}.`
  return [{ cause: 'missing', sequence: ownCheckpoint, to: first - 1, message }]
}

function changedLines({ tree }: LogEvidence): readonly Finding[] {
  const more = tree.changedCount - tree.changed.length
  const findings = tree.changed.map((sequence): Finding => {
    const last = more > 0 && sequence === tree.changed.at(-1) ? ` So do ${more} more events.` : ''
    return { cause: 'changed', sequence, message: `Event ${sequence} differs from what was sealed.${last}` }
  })
  return findings
}

/** A checkpoint does not match: either this history was changed, or another one was signed as well. */
function wrongCheckpoints({ tree }: LogEvidence): readonly Finding[] {
  const trees = new Map<number, { held: FoundCheckpoint[]; smallestWrong?: FoundCheckpoint }>()
  for (const { checkpoint, holds, tree: number } of tree.checkpoints) {
    if (holds === undefined) continue
    let of = trees.get(number)
    if (!of) trees.set(number, (of = { held: [] }))
    if (holds) of.held.push(checkpoint)
    else if (!of.smallestWrong || checkpoint.size < of.smallestWrong.size) of.smallestWrong = checkpoint
  }
  return Array.from(trees.values()).flatMap(({ held, smallestWrong }) =>
    smallestWrong ? [wrongCheckpoint(smallestWrong, held)] : [],
  )
}

function wrongCheckpoint(wrong: FoundCheckpoint, held: readonly FoundCheckpoint[]): Finding {
  const good = largest(held.filter(({ size }) => size < wrong.size))?.size ?? 0
  const place = good + 1 < wrong.size ? { sequence: good, to: wrong.size - 1 } : { sequence: good }
  const other = held.find(({ size }) => size >= wrong.size)
  if (other) {
    const message = `${wrong.where} contradicts ${lower(other.where)}: their roots over the first ${counted(wrong.size)} differ.`
    return { cause: 'forked', ...place, message }
  }
  const range = place.to === undefined ? `Event ${place.sequence}` : `One of the events ${place.sequence} to ${place.to}`
  return { cause: 'changed', ...place, message: `${range} differs from what was sealed: ${lower(wrong.where)} has another root.` }
}

/** A copy that ends early is incomplete. A journal that ends early was cut off, or is an older one. */
function checkpointsBeyondEnd({ kind, tree, end }: LogEvidence): readonly Finding[] {
  if (kind === 'copy') return []
  const beyond = tree.checkpoints.map(({ checkpoint }) => checkpoint).filter(({ size }) => size > end)
  const own = largest(beyond.filter(({ kind: from }) => from !== 'anchor'))
  const anchored = largest(beyond.filter(({ kind: from }) => from === 'anchor'))
  const found: Finding[] = []
  if (own) {
    const message = `The log has ${counted(end)}, but ${lower(own.where)} covers ${own.size}.`
    found.push({ cause: 'truncated', sequence: end, to: own.size - 1, message })
  }
  if (anchored && anchored.size > (own?.size ?? 0)) {
    const message = `${anchored.where} covers ${counted(anchored.size)} of this log, which has ${end}. The log was rolled back, or copied before the anchor: copy the anchor first.`
    found.push({ cause: own ? 'truncated' : 'rolled-back', sequence: end, to: anchored.size - 1, message })
  }
  return found
}

/** Each seal was written after the checkpoint that it carries, and hashes are kept only after a first checkpoint. */
function staleCheckpoint({ kind, tree, rejected, largestSealSize, ownCheckpoint, hasTiles }: LogEvidence): readonly Finding[] {
  if (kind === 'copy') return []
  if (ownCheckpoint === 'none') {
    const witness = largest(tree.checkpoints.map(({ checkpoint }) => checkpoint).filter(({ size }) => size > 0))
    if (!witness && !hasTiles) return []
    const said = witness ? lower(witness.where) : 'the kept hashes (tiles)'
    return [{ cause: 'missing', message: `The log's checkpoint is gone: ${said} shows that there was one.` }]
  }
  if (ownCheckpoint === 'unreadable' || rejected.length > 0 || ownCheckpoint >= largestSealSize) return []
  const message = `The checkpoint next to the log covers ${counted(ownCheckpoint)}, but a seal in the trail covers ${largestSealSize}.`
  return [{ cause: 'rolled-back', sequence: ownCheckpoint, message }]
}

function afterEnd({ log, coveredTo }: Judged): readonly Finding[] {
  const found = log.afterEnd.find(({ closedAt, last }) => closedAt < coveredTo && last >= coveredTo)
  if (!found) return []
  const from = Math.max(found.first, coveredTo)
  const count = log.end - from
  const stand = count === 1 ? 'follows' : 'follow'
  const message = `${counted(count)} ${stand} the end of the log: event ${found.closedAt} closed it, and no process opened it again.`
  return [{ cause: 'after-end', sequence: from, ...(count > 1 && { to: log.end - 1 }), message }]
}

/** One event may be found wrong in more ways than one. */
function firstOfItsKind(): (finding: Finding) => boolean {
  const seen = new Set<string>()
  return ({ cause, sequence }) => {
    const kind = `${cause} ${sequence}`
    return !seen.has(kind) && seen.add(kind).size > 0
  }
}
