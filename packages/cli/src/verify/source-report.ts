import type { Claim } from './claims.ts'
import type { Finding, SourceReport } from './report.ts'
import type { Seen } from './seen.ts'

// Puts together what was seen of a log: which of its claims hold, and what it means that others do not.

export function sourceReport(seen: Seen): SourceReport {
  const { options, first, end, events } = seen
  const held = seen.claims.filter(({ holds }) => holds).map(({ claim }) => claim)
  const newest = largest(held)
  const sealedTo = newest?.size ?? 0
  const findings = [
    ...seen.findings,
    ...seen.disbeliefs.map(({ cause, message, sequence }) => ({ cause, message, ...(sequence !== undefined && { sequence }) })),
    ...missingBeginning(seen),
    ...wrongClaims(seen, held),
    ...claimsBeyondEnd(seen),
    ...staleCheckpoint(seen),
    ...strayHashes(seen, sealedTo),
    ...(options.strict && hasUnsealedTail(seen, sealedTo) ? [unsealedTail(sealedTo, end)] : []),
  ]
    .filter(isFirstOfItsKind)
    .toSorted((one, other) => (one.sequence ?? -1) - (other.sequence ?? -1))
  return {
    source: options.source,
    ok: findings.length === 0,
    events,
    first,
    end,
    coveredFrom: Math.min(seen.coveredFrom, sealedTo),
    sealedTo,
    signedBy: newest?.signedBy ?? [],
    signatures:
      newest && newest.signedBy.length === 0 ? 'unsigned' : options.claims.verifiers.length > 0 ? 'checked' : 'not-checked',
    findings,
    notes: notesOf(seen, newest),
  }
}

function missingBeginning({ options, first, events, trimmedTo }: Seen): readonly Finding[] {
  if (options.kind === 'copy' || events === 0 || first === 0 || (trimmedTo ?? -1) >= first) return []
  const to = first - 1
  return [
    {
      cause: 'missing',
      sequence: 0,
      to,
      message: `The log begins with event ${first}, and nothing in it says that the others were let go.`,
    },
  ]
}

/** A claim that does not hold: either this history was changed, or there is another one that is signed as well. */
function wrongClaims(seen: Seen, held: readonly Claim[]): readonly Finding[] {
  const wrong = seen.claims.filter(({ holds }) => holds === false).map(({ claim }) => claim)
  const [smallest] = wrong.toSorted((one, other) => one.size - other.size)
  if (!smallest) return []
  const good = largest(held.filter(({ size }) => size < smallest.size))?.size ?? 0
  const place = good + 1 < smallest.size ? { sequence: good, to: smallest.size - 1 } : { sequence: good }
  const other = held.find(({ size }) => size >= smallest.size)
  if (other) {
    const message = `${smallest.where} is of another history than ${lower(other.where)}: over the first ${smallest.size} events they have two roots.`
    return [{ cause: 'forked', ...place, message }]
  }
  // The hashes of what was sealed tell which event it is.
  if (isStrayEvent(seen)) return []
  const range = place.to === undefined ? `Event ${place.sequence} is` : `One of the events ${place.sequence} to ${place.to} is`
  return [{ cause: 'changed', ...place, message: `${range} not what was sealed: ${lower(smallest.where)} has another root.` }]
}

/** The first event that is not as in the hashes beside it, which are those of a checkpoint: so it is the event that is another. */
function isStrayEvent({ strayLeaf, claims, options }: Seen): boolean {
  if (strayLeaf === undefined) return false
  const over = claims.map(({ claim }) => claim).filter(({ size }) => size > strayLeaf)
  const [smallest] = over.toSorted((one, other) => one.size - other.size)
  return [smallest, largest(over)].some((claim) => {
    const root = claim && options.tiles?.rootAt(claim.size)
    return root !== undefined && Buffer.compare(root, claim!.root) === 0
  })
}

function claimsBeyondEnd({ claims, end, options, isFiltered }: Seen): readonly Finding[] {
  // What is only a part of a log, or behind it, is held against the hashes of the whole.
  const isPart = ({ kind }: Claim) => isFiltered || (options.kind === 'copy' && kind === 'checkpoint')
  const beyond = claims.map(({ claim }) => claim).filter((claim) => claim.size > end && !isPart(claim))
  const own = largest(beyond.filter(({ kind }) => kind !== 'anchor'))
  const anchored = largest(beyond.filter(({ kind }) => kind === 'anchor'))
  const found: Finding[] = []
  if (own) {
    found.push({
      cause: 'truncated',
      sequence: end,
      to: own.size - 1,
      message: `The log ends with event ${end - 1}; ${lower(own.where)} is over ${own.size}.`,
    })
  }
  // A copy that is behind, as of a process whose disk went away with it, looks like one whose end was cut off.
  if (anchored && anchored.size > (own?.size ?? 0) && (options.kind === 'journal' || options.strict)) {
    found.push({
      cause: own || options.kind === 'copy' ? 'truncated' : 'rolled-back',
      sequence: end,
      to: anchored.size - 1,
      message: `${anchored.where} knows ${anchored.size} events of this log, which has ${end}.`,
    })
  }
  return found
}

/** Each seal was written after the checkpoint that it carries. */
function staleCheckpoint({ options, largestSeal: seal, disbeliefs, newestCheckpoint }: Seen): readonly Finding[] {
  if (options.kind === 'copy' || disbeliefs.length > 0 || !seal || (newestCheckpoint ?? -1) >= seal.size) return []
  if (newestCheckpoint === undefined)
    return [{ cause: 'missing', message: `The log has seals, and the checkpoint that belongs beside it is gone.` }]
  const message = `The checkpoint beside the log is over ${newestCheckpoint} events, and ${lower(seal.where)} over ${seal.size}.`
  return [{ cause: 'rolled-back', sequence: newestCheckpoint, message }]
}

function strayHashes(seen: Seen, sealedTo: number): readonly Finding[] {
  const { strayLeaf: sequence } = seen
  if (sequence === undefined) return []
  if (isStrayEvent(seen)) return [{ cause: 'changed', sequence, message: `Event ${sequence} is not what was sealed.` }]
  // What counts is the event, and it is as it was sealed.
  if (sequence >= sealedTo || seen.isFiltered) return []
  return [{ cause: 'changed', sequence, message: `The hash that is kept of event ${sequence} (tiles/0) is that of another.` }]
}

/** A last line that is only the seal of everything before it is a clean end. */
function hasUnsealedTail({ end, lastType }: Seen, sealedTo: number): boolean {
  return end > sealedTo && !(lastType === 'sealed' && end === sealedTo + 1)
}

/** One event may be found wrong in more ways than one. */
function isFirstOfItsKind({ cause, sequence }: Finding, index: number, all: readonly Finding[]): boolean {
  return all.findIndex((other) => other.cause === cause && other.sequence === sequence) === index
}

function unsealedTail(sealedTo: number, end: number): Finding {
  return {
    cause: 'unsealed-tail',
    sequence: sealedTo,
    to: end - 1,
    message: `No checkpoint covers the ${end - sealedTo} events from ${sealedTo} on.`,
  }
}

function notesOf(seen: Seen, newest: Claim | undefined): readonly string[] {
  const { end, first, events, options, isFiltered, tornBytes, trimmedTo, lastType, coveredFrom } = seen
  const sealedTo = newest?.size ?? 0
  const from = Math.min(coveredFrom, sealedTo)
  return [
    ...(events === 0 ? ['None of its events is here.'] : []),
    ...(isFiltered ? ['It is a part of its log; each line was held against the hashes of the whole.'] : []),
    ...(events > 0 && seen.claims.length === 0 ? ['No checkpoint covers any of it, so nothing is proven.'] : []),
    ...(newest && hasUnsealedTail(seen, sealedTo)
      ? [end - sealedTo === 1 ? 'The last event is not sealed yet.' : `The last ${end - sealedTo} events are not sealed yet.`]
      : []),
    ...(newest && !isFiltered && from > first
      ? [`Its beginning, up to event ${from - 1}, is not covered by a checkpoint that is here.`]
      : []),
    ...(options.kind === 'journal' && first > 0 && (trimmedTo ?? -1) >= first
      ? [`Events before ${first} were let go, as the log says.`]
      : []),
    ...uncomparedNote(seen),
    ...behindNote(seen),
    ...(tornBytes ? ['A write at the end of a file was torn, as by a crash.'] : []),
    ...(events > 0 && !isFiltered && lastType !== 'sealed' && lastType !== 'closed'
      ? ['It ends without audit:closed: its process runs, was killed, or lost its disk.']
      : []),
  ]
}

function behindNote({ claims, end, options }: Seen): readonly string[] {
  const anchored = largest(claims.map(({ claim }) => claim).filter(({ kind, size }) => kind === 'anchor' && size > end))
  if (!anchored || options.kind === 'journal' || options.strict) return []
  return [`${anchored.where} knows ${anchored.size} events of this log: the copy is behind, or its end was cut off.`]
}

/** A line that is missing has been told already. */
function uncomparedNote({ claims, end, findings }: Seen): readonly string[] {
  const count = findings.length > 0 ? 0 : claims.filter(({ claim, holds }) => holds === undefined && claim.size <= end).length
  return count > 0 ? [`${count} checkpoints are over events that are not here, and were not compared.`] : []
}

function largest(claims: readonly Claim[]): Claim | undefined {
  return claims.reduce<Claim | undefined>((most, one) => (one.size > (most?.size ?? -1) ? one : most), undefined)
}

function lower(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1)
}
