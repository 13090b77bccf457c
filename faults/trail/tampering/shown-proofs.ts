import { checkProof } from '../../../packages/cli/src/prove/check-proof.ts'
import { findEvents } from '../../../packages/cli/src/prove/find-event.ts'
import { proveEvent } from '../../../packages/cli/src/prove/prove-event.ts'
import { serviceKey, nextKey } from './keys.ts'
import { isFlagged } from './service-oracles.ts'
import { logDirectories } from './shown-events.ts'
import type { Outcome } from './trial.ts'

/** A proof takes time; for a program that forged everything, some are enough. */
const MOST_TRIED = 3

/**
 * Forged events of which the journal gives a proof that a verifier accepts. A signer without a tag key signs events that nothing
 * authenticates, and a record of the log says which they are; a proof of one event does not.
 */
export async function proofsOfForgeries({ journal, ledger, events }: Outcome): Promise<readonly string[]> {
  const forged = events.filter(
    ({ source, sequence, text }) => !ledger.isOriginal(source, sequence, text) && !isFlagged(events, source, sequence),
  )
  const tried = [...new Set([forged[0], forged.at(-1), forged[Math.floor(forged.length / 2)]])].slice(0, MOST_TRIED)
  const proven: string[] = []
  for (const event of tried) {
    if (!event) continue
    if (
      await hasGoodProof(journal, event.sequence, event.source, (text) => ledger.isOriginal(event.source, event.sequence, text))
    )
      proven.push(`${event.sequence} of ${event.source}`)
  }
  return proven
}

async function hasGoodProof(
  journal: string,
  sequence: number,
  source: string,
  isOriginal: (text: string) => boolean,
): Promise<boolean> {
  const keys = [serviceKey.verifierKey, nextKey.verifierKey]
  try {
    const found = (await findEvents(logDirectories(journal), sequence)).filter((each) => each.source === source)
    for (const event of found) {
      const text = event.entry.toString('utf8')
      if (isOriginal(text)) continue
      const { proof } = await proveEvent(event)
      checkProof(proof, event.entry, keys)
      return true
    }
    return false
  } catch {
    // There is no proof, or it is not good.
    return false
  }
}
