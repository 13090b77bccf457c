import { createHash } from 'node:crypto'
import { formatCheckpoint, leafHash, MerkleTree, parseCheckpoint, type Checkpoint } from '@audit/proof'
import type { KnownCheckpoint, Seal, Sealed } from '../src/journal/seal.ts'
import { violated, type Books } from './simulated-books.ts'

/**
 * Remembers every published checkpoint of every process, and compares them with each other and with the logs. It has a key, so
 * that logs have tags; its signatures are left out.
 */
export class SimulatedSeal implements Seal {
  readonly everyMs = 1_000
  readonly keys: readonly string[] = ['simulated+00000000']
  readonly isLocal = true
  readonly problems: readonly string[] = []
  /** By origin and size. */
  readonly #roots = new Map<string, Map<number, string>>()

  async sign(checkpoint: Checkpoint): Promise<string> {
    return formatCheckpoint(checkpoint)
  }

  tagKeys(origin: string): readonly Uint8Array[] {
    return [createHash('sha256').update(origin).digest()]
  }

  openNote(note: string): string {
    return note
  }

  open(text: string): KnownCheckpoint {
    return { ...parseCheckpoint(text), signedBy: [] }
  }

  async anchored(origin: string): Promise<Checkpoint | undefined> {
    const size = Math.max(...(this.#roots.get(origin)?.keys() ?? [-1]))
    return size < 0 ? undefined : { origin, size, root: Buffer.from(this.#roots.get(origin)!.get(size)!, 'base64') }
  }

  published({ origin, size, checkpoint }: Sealed): void {
    const root = Buffer.from(parseCheckpoint(checkpoint).root).toString('base64')
    const roots = this.#roots.get(origin) ?? new Map<number, string>()
    this.#roots.set(origin, roots)
    if ((roots.get(size) ?? root) !== root) violated(`${origin} has two roots for ${size} events`)
    roots.set(size, root)
  }

  async opened(): Promise<void> {}

  async close(): Promise<void> {}

  /** Checks that each is the root over the events that cursors returned; resolves with the number that could be compared. */
  check(counters: Books): number {
    let compared = 0
    for (const [origin, roots] of this.#roots) {
      const tree = new MerkleTree()
      for (let size = 0; size <= Math.max(...roots.keys()); size++) {
        const root = roots.get(size)
        if (root !== undefined && root !== Buffer.from(tree.root()).toString('base64')) {
          violated(`the checkpoint of ${origin} over ${size} events does not match the log`)
        }
        if (root !== undefined) compared++
        const line = counters.lineAt({ source: origin, sequence: size })
        if (line === undefined) break
        tree.append(leafHash(line))
      }
    }
    return compared
  }
}
