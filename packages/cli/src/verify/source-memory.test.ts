import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import {
  formatCheckpoint,
  generateKeyPair,
  leafHash,
  MerkleTree,
  parseSigningKey,
  parseVerifierKey,
  signNote,
} from '@audit/proof'
import { expect, test } from 'vitest'
import { CheckpointReader, isFoundCheckpoint } from './found-checkpoint.ts'
import { LeafBudget } from './hash-history.ts'
import { SourceCheck } from './source-check.ts'

// A trail may have twenty thousand short logs, all of them alive to the end of a copy.

const LOGS = 2_000
const LINES = 20

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

function usedBytes(): { readonly heap: number; readonly outside: number } {
  collect()
  collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return { heap: heapUsed, outside: arrayBuffers }
}

/** Bytes for each log, if each has these lines and a checkpoint over all of them. */
function measured(checkpoints: CheckpointReader, entries: readonly Buffer[], note: string): { heap: number; outside: number } {
  const budget = new LeafBudget()
  const before = usedBytes()
  const checks = Array.from({ length: LOGS }, (_, log) => {
    const source = `flags-api/pod-${log}`
    return { source, check: new SourceCheck({ source, kind: 'copy', basis: checkpoints.basis, budget, tiles: undefined }) }
  })
  // Line by line of all logs, as in the file of a busy sink.
  for (const [sequence, entry] of entries.entries())
    for (const { source, check } of checks)
      check.line({ source, sequence, entry, checksum: 'none', systemAction: undefined, time: sequence })
  for (const { check } of checks) {
    const checkpoint = checkpoints.read(note, 'seal', 'The seal')
    if (isFoundCheckpoint(checkpoint)) check.addCheckpoint(checkpoint)
  }
  const after = usedBytes()
  expect(checks.every(({ check }) => check.evidence('none').tree.provenCount === LINES)).toBe(true)
  return { heap: (after.heap - before.heap) / LOGS, outside: (after.outside - before.outside) / LOGS }
}

test('keeps at most 1.5 KiB on the heap for each short log, and 1.6 KiB outside', async () => {
  const { signingKey, verifierKey } = generateKeyPair('flags-api')
  const checkpoints = new CheckpointReader([parseVerifierKey(verifierKey)], false)
  const entries = Array.from({ length: LINES }, (_, sequence) => Buffer.from(`{"sequence":${sequence}}`))
  const tree = new MerkleTree()
  for (const entry of entries) tree.append(leafHash(entry))
  const checkpoint = { origin: 'flags-api', size: LINES, root: tree.root() }
  const note = await signNote(formatCheckpoint(checkpoint), [parseSigningKey(signingKey)])
  // The test runner uses memory of its own meanwhile, so the least of several counts.
  const all = [1, 2, 3, 4].map(() => measured(checkpoints, entries, note))
  expect(Math.min(...all.map(({ heap }) => heap))).toBeLessThan(1_536)
  expect(Math.min(...all.map(({ outside }) => outside))).toBeLessThan(1_640)
})
