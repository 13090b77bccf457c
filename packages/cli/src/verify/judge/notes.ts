import { counted, type Judged } from './judged.ts'

/** Remarks on a log that are neither findings nor doubts, one sentence each. */
export function notesOn({ log, judging, newest }: Judged): readonly string[] {
  const { end, events, isFiltered, isTorn, hasLeftovers, kind, tilesProblem, tree, lastAction } = log
  const hasClosingSeal = log.hasClosingSeal && (newest?.size ?? 0) === end - 1
  const notes = [
    ...(events === 0 && kind === 'journal' ? ['It has no events.'] : []),
    ...(isFiltered ? ['It has only selected events, so it is unknown if any of them were left out.'] : []),
    ...(tilesProblem === undefined
      ? []
      : [`Proofs of single events may fail: ${tilesProblem}. Its events do not depend on that.`]),
    ...(tree.strayTile === undefined
      ? []
      : [`The kept hash of event ${tree.strayTile} (tiles/0) is damaged. Its events do not depend on that.`]),
    ...(kind === 'journal' && events > 0 && !log.hasTiles && newest
      ? ['Its kept hashes (tiles) are gone, so single events cannot be proven from it.']
      : []),
    ...(hasClosingSeal ? ['Its last line seals all other lines, and is not sealed itself.'] : []),
    ...uncompared(
      log.tree.checkpoints.filter(({ holds, checkpoint }) => holds === undefined && checkpoint.size <= end && checkpoint.size > 0)
        .length,
    ),
    ...(judging.basis === 'nothing' && newest && end > newest.size && !hasClosingSeal
      ? [`The checkpoints here cover ${counted(newest.size)}.`]
      : []),
    ...(isTorn ? ['The last write to a file is incomplete, as after a crash.'] : []),
    ...(hasLeftovers ? ['A file has bytes behind its last event that are not events, as after a failed write.'] : []),
    ...(events > 0 && !isFiltered && lastAction !== 'sealed' && lastAction !== 'closed'
      ? ['It ends without audit:closed: its process runs, was killed, or lost its disk.']
      : []),
  ]
  // A list that was spread keeps room for 16 more, and a trail may be of twenty thousand logs.
  return notes.slice()
}

function uncompared(count: number): readonly string[] {
  if (count === 0) return []
  return [`${count} checkpoint${count === 1 ? ' covers' : 's cover'} only events before the copy, and could not be compared.`]
}
