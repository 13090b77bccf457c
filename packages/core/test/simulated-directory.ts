import { below, type Random } from './simulated-random.ts'
import type { SimulatedFile } from './simulated-file.ts'

export type SimulatedNode = SimulatedFile | SimulatedDirectory

/** One step on the names of a directory: each name gets that node, or none. It happens completely or not at all. */
type Step = ReadonlyMap<string, SimulatedNode | undefined>

/**
 * The names in a directory twice: as processes see them now, and as the medium holds them. Steps that are not synced reach the
 * medium in any order that keeps the order of steps on the same name.
 */
export class SimulatedDirectory {
  readonly kind = 'directory'
  readonly inode: number
  readonly mode: number
  readonly modifiedAt = 0
  readonly #now: Map<string, SimulatedNode>
  readonly #medium: Map<string, SimulatedNode>
  #pending: Step[] = []

  constructor(inode: number, mode: number, entries: Iterable<readonly [string, SimulatedNode]> = []) {
    this.inode = inode
    this.mode = mode
    this.#now = new Map(entries)
    this.#medium = new Map(this.#now)
  }

  get entries(): ReadonlyMap<string, SimulatedNode> {
    return this.#now
  }

  /** Gives names to nodes, or takes them away, in one step. */
  change(...names: readonly (readonly [string, SimulatedNode | undefined])[]): void {
    const step = new Map(names)
    apply(this.#now, step)
    this.#pending.push(step)
  }

  sync(): void {
    for (const step of this.#pending) apply(this.#medium, step)
    this.#pending = []
  }

  /** Some of the steps reach the medium; the others still wait. */
  failSync(random: Random): void {
    const done = this.#someOf(random)
    for (const step of done) apply(this.#medium, step)
    this.#pending = this.#pending.filter((step) => !done.includes(step))
  }

  /** The directory and everything below it after a power failure. */
  crashed(random: Random, newInode: () => number): SimulatedDirectory {
    const survivors = new Map(this.#medium)
    for (const step of this.#someOf(random)) apply(survivors, step)
    const inode = newInode()
    const entries = [...survivors].map(([name, node]) => [name, crashedNode(node, random, newInode)] as const)
    return new SimulatedDirectory(inode, this.mode, entries)
  }

  #someOf(random: Random): readonly Step[] {
    if (random() < 0.5) return this.#pending.slice(0, below(random, this.#pending.length + 1))
    const missing = new Set<string>()
    return this.#pending.filter((step) => {
      const names = [...step.keys()]
      const isDone = names.every((name) => !missing.has(name)) && random() < 0.5
      if (!isDone) for (const name of names) missing.add(name)
      return isDone
    })
  }
}

function crashedNode(node: SimulatedNode, random: Random, newInode: () => number): SimulatedNode {
  return node.kind === 'file' ? node.crashed(random, newInode()) : node.crashed(random, newInode)
}

function apply(entries: Map<string, SimulatedNode>, step: Step): void {
  for (const [name, node] of step) {
    if (node) entries.set(name, node)
    else entries.delete(name)
  }
}
