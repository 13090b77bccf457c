import type { Claim } from '../claims.ts'
import type { LogEvidence } from '../log-evidence.ts'
import type { Finding } from '../report.ts'
import { counted, largest, lower, type Judged } from './judged.ts'

/** The findings in a log, the first bad event first. */
export function findingsIn(judged: Judged): readonly Finding[] {
  const { log } = judged
  return [
    ...log.findings,
    ...log.disbeliefs.map(({ cause, message, sequence }) => ({ cause, message, ...(sequence !== undefined && { sequence }) })),
    ...missingBeginning(log),
    ...beginsBehindCheckpoint(log),
    ...changedLines(log),
    ...wrongClaims(log),
    ...claimsBeyondEnd(log),
    ...staleCheckpoint(log),
    ...afterEnd(judged),
  ]
    .filter(firstOfItsKind())
    .toSorted((one, other) => (one.sequence ?? -1) - (other.sequence ?? -1))
}

function missingBeginning({ kind, first, events, announced }: LogEvidence): readonly Finding[] {
  if (kind === 'copy' || events === 0 || first === 0 || announced.some(({ why, to }) => why === 'trimmed' && to >= first - 1))
    return []
  const message = `The log begins with event ${first}, and nothing in it says that the others were deleted.`
  return [{ cause: 'missing', sequence: 0, to: first - 1, message }]
}

/** A journal keeps the segment that holds the last sealed event, so its hashes never run ahead of its lines. */
function beginsBehindCheckpoint({ kind, first, events, ownCheckpoint }: LogEvidence): readonly Finding[] {
  if (kind === 'copy' || events === 0 || typeof ownCheckpoint !== 'number' || first <= ownCheckpoint) return []
  const message = `The log begins with event ${first}, behind its checkpoint over ${counted(ownCheckpoint)}.`
  return [{ cause: 'missing', sequence: ownCheckpoint, to: first - 1, message }]
}

function changedLines({ tree }: LogEvidence): readonly Finding[] {
  const more = tree.changedCount - tree.changed.length
  const findings = tree.changed.map((sequence): Finding => {
    const last = more > 0 && sequence === tree.changed.at(-1) ? ` So are ${more} more.` : ''
    return { cause: 'changed', sequence, message: `Event ${sequence} is not what was sealed.${last}` }
  })
  return findings
}

/** A checkpoint does not match: either this history was changed, or another one was signed as well. */
function wrongClaims({ tree }: LogEvidence): readonly Finding[] {
  const trees = new Map<number, { held: Claim[]; smallestWrong?: Claim }>()
  for (const { claim, holds, tree: number } of tree.claims) {
    if (holds === undefined) continue
    let of = trees.get(number)
    if (!of) trees.set(number, (of = { held: [] }))
    if (holds) of.held.push(claim)
    else if (!of.smallestWrong || claim.size < of.smallestWrong.size) of.smallestWrong = claim
  }
  return Array.from(trees.values()).flatMap(({ held, smallestWrong }) => (smallestWrong ? [wrongClaim(smallestWrong, held)] : []))
}

function wrongClaim(wrong: Claim, held: readonly Claim[]): Finding {
  const good = largest(held.filter(({ size }) => size < wrong.size))?.size ?? 0
  const place = good + 1 < wrong.size ? { sequence: good, to: wrong.size - 1 } : { sequence: good }
  const other = held.find(({ size }) => size >= wrong.size)
  if (other) {
    const message = `${wrong.where} is of another history than ${lower(other.where)}: over the first ${counted(wrong.size)} they have two roots.`
    return { cause: 'forked', ...place, message }
  }
  const range = place.to === undefined ? `Event ${place.sequence} is` : `One of the events ${place.sequence} to ${place.to} is`
  return { cause: 'changed', ...place, message: `${range} not what was sealed: ${lower(wrong.where)} has another root.` }
}

/** A copy that ends early is incomplete. A journal that ends early was cut off, or is an older one. */
function claimsBeyondEnd({ kind, tree, end }: LogEvidence): readonly Finding[] {
  if (kind === 'copy') return []
  const beyond = tree.claims.map(({ claim }) => claim).filter(({ size }) => size > end)
  const own = largest(beyond.filter(({ kind: from }) => from !== 'anchor'))
  const anchored = largest(beyond.filter(({ kind: from }) => from === 'anchor'))
  const found: Finding[] = []
  if (own) {
    const message = `The log has ${counted(end)}; ${lower(own.where)} is over ${own.size}.`
    found.push({ cause: 'truncated', sequence: end, to: own.size - 1, message })
  }
  if (anchored && anchored.size > (own?.size ?? 0)) {
    const message = `${anchored.where} knows ${counted(anchored.size)} of this log, which has ${end}. It was rolled back, or it was copied before the anchor was: copy the anchor first.`
    found.push({ cause: own ? 'truncated' : 'rolled-back', sequence: end, to: anchored.size - 1, message })
  }
  return found
}

/** Each seal was written after the checkpoint that it carries, and hashes are kept only behind a first checkpoint. */
function staleCheckpoint({ kind, tree, disbeliefs, largestSealSize, ownCheckpoint, hasTiles }: LogEvidence): readonly Finding[] {
  if (kind === 'copy') return []
  if (ownCheckpoint === 'none') {
    const witness = largest(tree.claims.map(({ claim }) => claim).filter(({ size }) => size > 0))
    if (!witness && !hasTiles) return []
    const said = witness ? lower(witness.where) : 'the kept hashes (tiles)'
    return [{ cause: 'missing', message: `The log's checkpoint is gone: ${said} shows that there was one.` }]
  }
  if (ownCheckpoint === 'unreadable' || disbeliefs.length > 0 || ownCheckpoint >= largestSealSize) return []
  const message = `The checkpoint next to the log is over ${counted(ownCheckpoint)}, and a seal in the trail over ${largestSealSize}.`
  return [{ cause: 'rolled-back', sequence: ownCheckpoint, message }]
}

function afterEnd({ log, coveredTo }: Judged): readonly Finding[] {
  const found = log.afterEnd.find(({ closedAt, last }) => closedAt < coveredTo && last >= coveredTo)
  if (!found) return []
  const from = Math.max(found.first, coveredTo)
  const count = log.end - from
  const stand = count === 1 ? 'stands' : 'stand'
  const message = `${counted(count)} ${stand} behind the end of the log: it was closed with event ${found.closedAt}, and no process opened it again.`
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
