import { join } from 'node:path'
import { formatTlogProof, leafHash, parseCheckpoint, parseNote, proveInclusion, ProofError, verifyInclusion } from '@audit/proof'
import { checkpointIn } from '../verify/journal-input.ts'
import { TileFiles } from '../verify/tile-files.ts'
import type { FoundEvent } from './find-event.ts'

/** The reason why an event cannot be proven. */
export class NoProof extends Error {
  override readonly name: string = 'NoProof'
}

export interface EventProof {
  /** A C2SP tlog-proof, which is checked together with the event. */
  readonly proof: string
  /** The number of events that its checkpoint covers. */
  readonly size: number
  readonly origin: string
}

/**
 * Proves that an event is in its log, with the hashes and the checkpoint of the log. Rejects with `NoProof` if the event is not sealed
 * yet, if the checkpoint is not signed, or if the event is not the one that was sealed.
 */
export async function proveEvent({ directory, entry, sequence }: FoundEvent): Promise<EventProof> {
  const checkpoint = await checkpointIn(directory).catch(() => undefined)
  if (checkpoint === undefined) throw new NoProof(`The log in '${directory}' has no checkpoint: it is not sealed.`)
  if (!checkpoint.includes('\n\n')) {
    throw new NoProof(
      'The log is sealed without a key, so its checkpoint proves nothing to others. Configure a seal key for the service.',
    )
  }
  const { origin, size, root } = parseCheckpoint(parseNote(checkpoint).text)
  if (sequence >= size)
    throw new NoProof(`Event ${sequence} is not sealed yet: the checkpoint covers ${size} events. Wait a second.`)
  const tiles = new TileFiles(join(directory, 'tiles'))
  try {
    const proof = proveInclusion(sequence, size, tiles.hashes)
    verifyInclusion({ index: sequence, size, root, leaf: leafHash(entry), proof })
    return { proof: formatTlogProof({ index: sequence, proof, checkpoint }), size, origin }
  } catch (error) {
    if (!(error instanceof ProofError)) throw error
    throw new NoProof(
      `Event ${sequence} differs from what was sealed, or its hashes were changed. Run 'audit verify'. (${error.message})`,
    )
  } finally {
    tiles.close()
  }
}
