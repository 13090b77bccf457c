import { join } from 'node:path'
import type { Seal } from '@audit/core/journal'
import { formatCheckpoint, generateKeyPair, parseCheckpoint, parseSigningKey, signNote } from '@audit/proof'
import type { Measurement } from '../benchmark.ts'
import { openFileJournal } from '../open-file-journal.ts'
import { rate } from '../rate.ts'
import { BATCH_EVENTS, encodedEvents } from '../sample.ts'

const BATCHES = 1_000

export const appendSealed: Measurement = ({ directory, scale }) => append(directory, scale, signingSeal())
export const appendPlain: Measurement = ({ directory, scale }) => append(directory, scale)

const PAIRS = 9
/** Number of batches of one append: enough for a second of processor time. */
const PAIR_SHARE = 0.1

/**
 * Appends of a sealed journal with a tag for each group, and without, in turn. It compares processor time, which does not depend on
 * other work of the machine: the median of the pairs.
 */
export const tagPairs: Measurement = async ({ directory, scale }) => {
  const untagged: Seal = { ...signingSeal(), tagKeys: () => [] }
  const ratios: number[] = []
  for (let pair = 0; pair < Math.max(1, PAIRS * scale); pair++) {
    const [tagged, plain] = [signingSeal(), untagged].map(
      (seal, index) => () => processorTime(join(directory, `${pair}-${index}`), seal),
    )
    const isTaggedFirst = pair % 2 === 0
    const one = await (isTaggedFirst ? tagged! : plain!)()
    const other = await (isTaggedFirst ? plain! : tagged!)()
    ratios.push(isTaggedFirst ? other / one : one / other)
  }
  return { ratio: ratios.toSorted((one, other) => one - other)[Math.floor(ratios.length / 2)]! }
}

async function processorTime(directory: string, seal: Seal): Promise<number> {
  const before = process.cpuUsage()
  await append(directory, PAIR_SHARE, seal)
  const { user, system } = process.cpuUsage(before)
  return user + system
}

async function append(directory: string, scale: number, seal?: Seal) {
  const journal = await openFileJournal(directory, seal)
  const times = { warmUp: Math.ceil(30 * scale), times: Math.ceil(BATCHES * scale), units: BATCH_EVENTS }
  const eventsPerSecond = await rate({ ...times, work: () => journal.append(encodedEvents) })
  await journal.seal()
  const { end, seal: sealed } = journal.status()
  if (seal && sealed?.size !== end) throw new Error(`Only ${sealed?.size} of ${end} events are sealed.`)
  await journal.close()
  return { eventsPerSecond }
}

/** The seal options that `createAudit({ seal: { key } })` passes to its journal, without anchors. */
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
    opened: async () => undefined,
    close: async () => undefined,
  }
}
