import type { Journal, Seal } from '@audit/core'
import { formatCheckpoint, generateKeyPair, parseCheckpoint, parseSigningKey, signNote } from '@audit/proof'
import type { Measurement } from '../benchmark.ts'
import { openFileJournal } from '../open-file-journal.ts'
import { rate } from '../rate.ts'
import { BATCH_EVENTS, encodedEvents } from '../sample.ts'

const BATCHES = 1_000

export const appendSealed: Measurement = ({ directory, scale }) => append(directory, scale, signingSeal())
/** As a service whose key is in a KMS, and that has no tag key. */
export const appendUntagged: Measurement = ({ directory, scale }) =>
  append(directory, scale, { ...signingSeal(), tagKeys: () => [] })
export const appendPlain: Measurement = ({ directory, scale }) => append(directory, scale)

async function append(directory: string, scale: number, seal?: Seal) {
  const journal: Journal = await openFileJournal(directory, seal)
  const times = { warmUp: Math.ceil(30 * scale), times: Math.ceil(BATCHES * scale), units: BATCH_EVENTS }
  const eventsPerSecond = await rate({ ...times, work: () => journal.append(encodedEvents) })
  await journal.seal?.()
  const { end, seal: sealed } = journal.status()
  if (seal && sealed?.size !== end) throw new Error(`Only ${sealed?.size} of ${end} events are sealed.`)
  await journal.close()
  return { eventsPerSecond }
}

/** What `createAudit({ seal: { key } })` gives its journal, without anchors. */
function signingSeal(): Seal {
  const signer = parseSigningKey(generateKeyPair('bench').signingKey)
  return {
    everyMs: 1_000,
    keys: ['bench'],
    isLocal: true,
    problems: [],
    tagKeys: (origin) => [signer.tagKey!(origin)],
    sign: (checkpoint) => signNote(formatCheckpoint(checkpoint), [signer]),
    openNote: (note) => note,
    open: (text) => ({ ...parseCheckpoint(text), signedBy: [] }),
    anchored: async () => undefined,
    published: () => undefined,
    close: async () => undefined,
  }
}
