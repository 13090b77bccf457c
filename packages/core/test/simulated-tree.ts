import { posix } from 'node:path'
import { SimulatedDirectory, type SimulatedNode } from './simulated-directory.ts'
import { failure } from './simulated-faults.ts'
import { SimulatedFile } from './simulated-file.ts'
import type { Random } from './simulated-random.ts'

/** Everything on a simulated disk, by name, and the locks of all live processes. Answers at once, and never fails at random. */
export class SimulatedTree {
  readonly #root: SimulatedDirectory
  readonly #now: () => number
  /** The owner of the lock of each file. */
  readonly #locks = new Map<number, object>()
  #lastInode: number
  /** A kernel reuses the number of a removed file. */
  readonly #freeInodes: number[] = []

  constructor(now: () => number, root: SimulatedDirectory = new SimulatedDirectory(1, 0o755), lastInode = 1) {
    this.#now = now
    this.#root = root
    this.#lastInode = lastInode
  }

  crashed(random: Random): SimulatedTree {
    const root = this.#root.crashed(random, () => ++this.#lastInode)
    return new SimulatedTree(this.#now, root, this.#lastInode)
  }

  files(): ReadonlyMap<string, Buffer> {
    return new Map(filesBelow('/', this.#root))
  }

  node(path: string, syscall: string): SimulatedNode {
    let node: SimulatedNode = this.#root
    for (const name of path.split('/').filter(Boolean)) {
      if (node.kind !== 'directory') throw failure('ENOTDIR', syscall, path)
      const next = node.entries.get(name)
      if (!next) throw failure('ENOENT', syscall, path)
      node = next
    }
    return node
  }

  has(path: string): boolean {
    const [parent, name] = this.#place(path, 'open')
    return parent.entries.has(name)
  }

  directory(path: string, syscall: string): SimulatedDirectory {
    const node = this.node(path, syscall)
    if (node.kind !== 'directory') throw failure('ENOTDIR', syscall, path)
    return node
  }

  makeDirectory(path: string): void {
    const [parent, name] = this.#place(path, 'mkdir')
    if (parent.entries.has(name)) throw failure('EEXIST', 'mkdir', path)
    parent.change([name, new SimulatedDirectory(this.#newInode(), 0o700)])
  }

  create(path: string, content: Buffer = Buffer.alloc(0)): SimulatedFile {
    const [parent, name] = this.#place(path, 'open')
    if (parent.entries.has(name)) throw failure('EEXIST', 'open', path)
    const file = new SimulatedFile(this.#newInode(), 0o600, this.#now(), content)
    parent.change([name, file])
    return file
  }

  /** Puts a file and its parent directories there for good. */
  put(path: string, content: Buffer): void {
    const parents: string[] = []
    for (let parent = posix.dirname(path); parent !== '/'; parent = posix.dirname(parent)) parents.unshift(parent)
    for (const parent of parents) {
      const [above, name] = this.#place(parent, 'mkdir')
      if (!above.entries.has(name)) this.makeDirectory(parent)
      above.sync()
    }
    this.create(path, content)
    this.directory(posix.dirname(path), 'open').sync()
  }

  rename(from: string, to: string): void {
    const [parent, name] = this.#place(from, 'rename')
    const [newParent, newName] = this.#place(to, 'rename')
    const node = parent.entries.get(name)
    if (!node) throw failure('ENOENT', 'rename', from)
    // A directory cannot undo one step on two directories; no test needs it yet.
    if (newParent !== parent) throw failure('EXDEV', 'rename', from)
    if (newName === name) return
    const replaced = parent.entries.get(newName)
    parent.change([newName, node], [name, undefined])
    if (replaced) this.#unlinked(replaced)
  }

  remove(path: string): void {
    const [parent, name] = this.#place(path, 'unlink')
    const node = this.node(path, 'unlink')
    if (node.kind === 'directory') throw failure('EISDIR', 'unlink', path)
    parent.change([name, undefined])
    this.#unlinked(node)
  }

  /** True if no process can reach it any more. */
  closed(file: SimulatedFile): void {
    if (file.links === 0 && file.opened === 0) this.#freeInodes.push(file.inode)
  }

  /** Takes the lock; false if it is taken. Creates the file if it does not exist. */
  lock(path: string, owner: object): boolean {
    const [parent, name] = this.#place(path, 'open')
    const { inode } = parent.entries.get(name) ?? this.create(path)
    if (this.#locks.has(inode)) return false
    this.#locks.set(inode, owner)
    return true
  }

  unlock(path: string, owner: object): void {
    const [parent, name] = this.#place(path, 'open')
    const inode = parent.entries.get(name)?.inode
    if (inode !== undefined && this.#locks.get(inode) === owner) this.#locks.delete(inode)
  }

  /** Releases every lock of that owner, or all locks. */
  breakLocks(owner?: object): void {
    for (const [inode, holder] of this.#locks) if (!owner || holder === owner) this.#locks.delete(inode)
  }

  #place(path: string, syscall: string): readonly [SimulatedDirectory, string] {
    return [this.directory(posix.dirname(path), syscall), posix.basename(path)]
  }

  #newInode(): number {
    return this.#freeInodes.pop() ?? ++this.#lastInode
  }

  #unlinked(node: SimulatedNode): void {
    if (node.kind !== 'file') return
    node.links--
    this.closed(node)
  }
}

function filesBelow(path: string, directory: SimulatedDirectory): (readonly [string, Buffer])[] {
  return [...directory.entries].flatMap(([name, node]) => {
    const below = posix.join(path, name)
    return node.kind === 'file' ? [[below, node.content] as const] : filesBelow(below, node)
  })
}
