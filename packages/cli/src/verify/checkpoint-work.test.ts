import { MerkleTree, leafHash } from '@audit/proof'
import { expect, test, vi } from 'vitest'
import type { ComparedCheckpoint } from './tree-evidence.ts'
import type { FoundCheckpoint, Trust } from './found-checkpoint.ts'
import { HashHistory, LeafBudget } from './hash-history.ts'
import { judgeLog } from './judge/judge-log.ts'
import { SourceCheck } from './source-check.ts'
import type { Announced } from './log-evidence.ts'

// A stranger may write any number of seals into a copy. Work is counted here, not time: twice the seals may take twice the work, and a
// logarithm, but not four times.

const SOURCE = 'flags-api/pod/7k2m9xqd'

/** Counts how often a value of a checkpoint, or a leaf of the tree, is looked at. */
class Work {
  count = 0

  constructor() {
    const { leaf } = HashHistory.prototype
    const look = () => this.count++
    vi.spyOn(HashHistory.prototype, 'leaf').mockImplementation(function (this: HashHistory, sequence: number) {
      look()
      return leaf.call(this, sequence)
    })
  }

  checked({ checkpoint, tree, holds }: ComparedCheckpoint): ComparedCheckpoint {
    const look = <Value>(value: Value) => (this.count++, value)
    return {
      checkpoint,
      get tree() {
        return look(tree)
      },
      get holds() {
        return look(holds)
      },
    }
  }

  checkpoint(size: number, root: Uint8Array, trust: Trust): FoundCheckpoint {
    const look = <Value>(value: Value) => (this.count++, value)
    return {
      origin: SOURCE,
      kind: 'seal',
      where: `The seal over ${size}`,
      signedBy: [],
      get size() {
        return look(size)
      },
      get root() {
        return look(Buffer.from(root).toString('base64'))
      },
      get trust() {
        return look(trust)
      },
    }
  }
}

const wrongRoot = Buffer.alloc(32, 7)

function checkOf(basis: 'keys' | 'nothing') {
  const check = new SourceCheck({ source: SOURCE, kind: 'copy', basis, budget: new LeafBudget(), tiles: undefined })
  const tree = new MerkleTree()
  return {
    check,
    tree,
    add(sequence: number) {
      const entry = Buffer.from(`{"sequence":${sequence}}`)
      tree.append(leafHash(entry))
      check.line({ source: SOURCE, sequence, entry, checksum: 'none', systemAction: undefined, time: 0 })
    },
  }
}

/** The work that the whole check takes with that number of seals. */
type Scenario = (seals: number, work: Work) => SourceCheck

const strangers: Scenario = (seals, work) => {
  const { check, add } = checkOf('keys')
  for (let at = 0; at < seals; at++) {
    add(at)
    check.addCheckpoint(work.checkpoint(at + 1, wrongRoot, 'unknown-key'))
  }
  return check
}

const eachEndsTheTree: Scenario = (seals, work) => {
  const { check, tree, add } = checkOf('nothing')
  for (let at = 0; at < seals; at++) {
    add(at)
    check.addCheckpoint(work.checkpoint(at + 1, wrongRoot, 'unchecked'))
    check.continueFrom({ origin: SOURCE, size: at + 1, checkpoint: '', frontier: tree.frontier() })
  }
  return check
}

const eachGoesBackToTheBeginning: Scenario = (seals, work) => {
  const { check, add } = checkOf('nothing')
  for (let at = 0; at < seals; at++) add(at)
  for (let size = 1; size <= seals; size++) {
    check.addCheckpoint(work.checkpoint(size, Buffer.from(wrongRoot).fill(size % 251, 0, 1), 'unchecked'))
    const bits = size.toString(2).replaceAll('0', '').length
    check.continueFrom({
      origin: SOURCE,
      size,
      checkpoint: '',
      frontier: { size, hashes: Array.from({ length: bits }, () => wrongRoot) },
    })
  }
  return check
}

const allOverTheSameEvents: Scenario = (seals, work) => {
  const { check, add } = checkOf('keys')
  for (let at = 0; at < seals; at++)
    check.addCheckpoint(work.checkpoint(seals, wrongRoot, at % 2 === 0 ? 'genuine' : 'unknown-key'))
  for (let at = 0; at < seals; at++) add(at)
  return check
}

const overGaps: Scenario = (seals, work) => {
  const { check, add } = checkOf('keys')
  for (let at = 0; at < seals; at++) check.addCheckpoint(work.checkpoint(2 * at + 1, wrongRoot, 'genuine'))
  for (let at = 0; at < seals; at++) add(2 * at)
  return check
}

test.each([
  ['strangers', strangers],
  ['seals that each end the tree', eachEndsTheTree],
  ['seals that each go back to the beginning', eachGoesBackToTheBeginning],
  ['checkpoints over the same events', allOverTheSameEvents],
  ['checkpoints over gaps', overGaps],
])('the work for failing seals does not grow with the square of their number: %s', (_, scenario) => {
  const workFor = (seals: number) => {
    const work = new Work()
    const check = scenario(seals, work)
    let asked = 0
    const isProven = (_event: Announced['by']) => (asked++, false)
    const evidence = check.evidence('none')
    const checkpoints = evidence.tree.checkpoints.map((checked) => work.checked(checked))
    const judging = { basis: 'keys', accepts: new Set<never>(), strict: false } as const
    const report = judgeLog({ ...evidence, tree: { ...evidence.tree, checkpoints } }, judging, isProven)
    vi.restoreAllMocks()
    expect(report.findings.length).toBeGreaterThan(0)
    return work.count + asked
  }
  const [few, many] = [workFor(1_000), workFor(4_000)]
  expect(few).toBeGreaterThan(1_000)
  expect(many / few).toBeLessThan(6)
})
