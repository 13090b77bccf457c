import { posix } from 'node:path'
import type { DiskSpace, FileLock, FileStat, FileSystem, OpenFile } from '../src/journal/file/file-system.ts'
import { SimulatedDirectory, type SimulatedNode } from './simulated-directory.ts'
import { failure, SimulatedFaults, type Fault, type FaultyCall } from './simulated-faults.ts'
import { SimulatedFile } from './simulated-file.ts'
import { shuffled, type Random } from './simulated-random.ts'
import { SimulatedTurns } from './simulated-turns.ts'

export interface SimulatedDiskOptions {
  /** Decides everything that is left to chance. */
  readonly random: Random
  /** Durable from the start, by absolute path; their directories are made. */
  readonly files?: ReadonlyMap<string, Uint8Array>
  /** Stamps what is written, in milliseconds since 1970. Default: always 0. */
  readonly now?: () => number
  /** Which share of all calls fails, from 0 to 1. Default 0. */
  readonly faultShare?: number
  /** Negative control: syncing a file makes nothing durable. */
  readonly ignoreSync?: boolean
  /** Negative control: syncing a directory makes nothing durable. */
  readonly ignoreSyncDirectory?: boolean
}

/** A disk in memory as one process sees it; it can fail, and lose power. Paths are absolute. */
export interface SimulatedDisk extends FileSystem {
  /** What is left after a power failure, drawn from all that may be. Nothing this process had asked for is ever answered. */
  crash(): SimulatedDisk
  /** What the next process finds after this one was killed: all that was written, and no locks. Nothing is answered any more. */
  kill(): SimulatedDisk
  /** The next such call fails; several add up. `short` is for `write` and `read`: fewer bytes are taken or given than asked. */
  failNext(call: FaultyCall, fault: Fault): void
  /** Takes back the faults that have not come up, and tells how many they were. */
  clearFaults(): number
  /** How many faults came up. */
  readonly faults: number
  /** No call is under way. */
  readonly isIdle: boolean
  /** What every file holds now, by path. */
  files(): ReadonlyMap<string, Buffer>
}

export function simulatedDisk(options: SimulatedDiskOptions): SimulatedDisk {
  const disk = new Disk(options, new SimulatedDirectory(1, 0o755), 1)
  for (const [path, content] of options.files ?? []) disk.put(path, Buffer.from(content))
  return disk
}

class Disk implements SimulatedDisk {
  readonly #options: SimulatedDiskOptions
  readonly #root: SimulatedDirectory
  readonly #turns: SimulatedTurns
  readonly #faults: SimulatedFaults
  readonly #locked = new Set<number>()
  #lastInode: number
  /** A kernel gives the number of a file that is gone to the next one. */
  #freeInodes: number[] = []
  #hasEnded = false

  constructor(options: SimulatedDiskOptions, root: SimulatedDirectory, lastInode: number) {
    this.#options = options
    this.#root = root
    this.#lastInode = lastInode
    this.#turns = new SimulatedTurns(options.random)
    this.#faults = new SimulatedFaults(options.random, options.faultShare ?? 0)
  }

  crash(): SimulatedDisk {
    this.#end()
    const root = this.#root.crashed(this.#options.random, () => ++this.#lastInode)
    return new Disk(this.#options, root, this.#lastInode)
  }

  kill(): SimulatedDisk {
    this.#end()
    return new Disk(this.#options, this.#root, this.#lastInode)
  }

  failNext(call: FaultyCall, fault: Fault): void {
    this.#faults.failNext(call, fault)
  }

  clearFaults(): number {
    return this.#faults.clear()
  }

  get faults(): number {
    return this.#faults.count
  }

  get isIdle(): boolean {
    return this.#turns.isIdle
  }

  files(): ReadonlyMap<string, Buffer> {
    return new Map(filesBelow('/', this.#root))
  }

  put(path: string, content: Buffer): void {
    let directory = this.#root
    for (const name of posix.dirname(path).split('/').filter(Boolean)) {
      if (!directory.entries.has(name)) directory.change([name, new SimulatedDirectory(this.#newInode(), 0o700)])
      directory.sync()
      directory = directory.entries.get(name) as SimulatedDirectory
    }
    directory.change([posix.basename(path), new SimulatedFile(this.#newInode(), 0o600, this.#now, content)])
    directory.sync()
  }

  makeDirectory(path: string): Promise<void> {
    return this.#call('makeDirectory', path, () => {
      const [parent, name] = this.#place(path, 'mkdir')
      if (parent.entries.has(name)) throw failure('EEXIST', 'mkdir', path)
      parent.change([name, new SimulatedDirectory(this.#newInode(), 0o700)])
    })
  }

  list(directory: string): Promise<readonly string[]> {
    return this.#call('list', directory, () =>
      shuffled(this.#options.random, [...this.#directory(directory, 'scandir').entries.keys()]),
    )
  }

  open(path: string, mode: 'create' | 'read'): Promise<OpenFile> {
    return this.#call('open', path, () => {
      const file = mode === 'create' ? this.#create(path) : this.#node(path, 'open')
      if (file.kind === 'directory') throw failure('EISDIR', 'open', path)
      return this.#opened(file)
    })
  }

  rename(from: string, to: string): Promise<void> {
    return this.#call('rename', from, () => {
      const [parent, name] = this.#place(from, 'rename')
      const [newParent, newName] = this.#place(to, 'rename')
      const node = parent.entries.get(name)
      if (!node) throw failure('ENOENT', 'rename', from)
      // One step on two directories is more than a directory can undo; nothing needs it yet.
      if (newParent !== parent) throw failure('EXDEV', 'rename', from)
      if (newName === name) return
      const replaced = parent.entries.get(newName)
      parent.change([newName, node], [name, undefined])
      if (replaced) this.#unlinked(replaced)
    })
  }

  remove(path: string): Promise<void> {
    return this.#call('remove', path, () => {
      const [parent, name] = this.#place(path, 'unlink')
      const node = this.#node(path, 'unlink')
      if (node.kind === 'directory') throw failure('EISDIR', 'unlink', path)
      parent.change([name, undefined])
      this.#unlinked(node)
    })
  }

  stat(path: string): Promise<FileStat> {
    return this.#call('stat', path, () => statOf(this.#node(path, 'lstat')))
  }

  syncDirectory(path: string): Promise<void> {
    return this.#take(() => {
      const directory = this.#directory(path, 'fsync')
      this.#failing('syncDirectory', path, () => directory.failSync(this.#options.random))
      if (!this.#options.ignoreSyncDirectory) directory.sync()
    })
  }

  space(path: string): Promise<DiskSpace> {
    return this.#call('space', path, () => ({ type: EXT4, freeBytes: 1e12, totalBytes: 2e12 }))
  }

  lock(path: string): FileLock | undefined {
    if (this.#hasEnded) return undefined
    this.#faults.check('lock', path)
    const [parent, name] = this.#place(path, 'open')
    const { inode } = parent.entries.get(name) ?? this.#create(path)
    if (this.#locked.has(inode)) return undefined
    this.#locked.add(inode)
    return { release: () => void this.#locked.delete(inode) }
  }

  createSync(path: string, bytes: Uint8Array): void {
    if (this.#hasEnded) return
    const file = this.#create(path)
    this.#failing('createSync', path, () => file.append(bytes.subarray(0, this.#faults.shortened(bytes.length)), this.#now))
    file.append(bytes, this.#now)
    if (!this.#options.ignoreSync) file.sync()
    if (!this.#options.ignoreSyncDirectory) this.#directory(posix.dirname(path), 'fsync').sync()
  }

  isSameSync(path: string, stat: FileStat): boolean {
    if (this.#hasEnded) return false
    const [parent, name] = this.#place(path, 'lstat')
    return parent.entries.get(name)?.inode === stat.inode
  }

  #opened(file: SimulatedFile): OpenFile {
    const { random } = this.#options
    let isOpen = true
    file.opened++
    return {
      write: (bytes) => {
        const given = Buffer.from(bytes)
        return this.#take(() => {
          const fault = this.#faults.take('write')
          // A signal that ends the process may stop a write half way, as a fault does.
          const isCut = fault !== undefined || (this.#hasEnded && random() < 0.5)
          const taken = isCut ? given.subarray(0, this.#faults.shortened(given.length)) : given
          file.append(taken, this.#now)
          if (fault !== undefined && fault !== 'short') throw failure(fault, 'write')
          return taken.length
        })
      },
      read: (bytes, position) =>
        this.#take(() => {
          const fault = this.#faults.take('read')
          if (fault === undefined) return file.read(bytes, position)
          if (fault !== 'short') throw failure(fault, 'read')
          return file.read(bytes.subarray(0, 1 + this.#faults.shortened(bytes.length)), position)
        }),
      sync: () =>
        this.#take(() => {
          this.#failing('sync', undefined, () => file.failSync(random))
          if (!this.#options.ignoreSync) file.sync()
        }),
      stat: () => this.#call('stat', undefined, () => statOf(file)),
      close: () =>
        this.#take(() => {
          if (isOpen) file.opened--
          isOpen = false
          this.#free(file)
          this.#faults.check('close')
        }),
    }
  }

  #call<T>(call: FaultyCall, path: string | undefined, effect: () => T): Promise<T> {
    return this.#take(() => {
      this.#faults.check(call, path)
      return effect()
    })
  }

  #take<T>(effect: () => T): Promise<T> {
    return this.#turns.take(effect)
  }

  /** Fails if it is to, after what a call that fails does all the same. */
  #failing(call: FaultyCall, path: string | undefined, leave: () => void): void {
    const fault = this.#faults.take(call)
    if (fault === undefined || fault === 'short') return
    leave()
    throw failure(fault, call, path)
  }

  #create(path: string): SimulatedFile {
    const [parent, name] = this.#place(path, 'open')
    if (parent.entries.has(name)) throw failure('EEXIST', 'open', path)
    const file = new SimulatedFile(this.#newInode(), 0o600, this.#now)
    parent.change([name, file])
    return file
  }

  #place(path: string, syscall: string): readonly [SimulatedDirectory, string] {
    return [this.#directory(posix.dirname(path), syscall), posix.basename(path)]
  }

  #directory(path: string, syscall: string): SimulatedDirectory {
    const node = this.#node(path, syscall)
    if (node.kind !== 'directory') throw failure('ENOTDIR', syscall, path)
    return node
  }

  #node(path: string, syscall: string): SimulatedNode {
    let node: SimulatedNode = this.#root
    for (const name of path.split('/').filter(Boolean)) {
      if (node.kind !== 'directory') throw failure('ENOTDIR', syscall, path)
      const next = node.entries.get(name)
      if (!next) throw failure('ENOENT', syscall, path)
      node = next
    }
    return node
  }

  get #now(): number {
    return this.#options.now?.() ?? 0
  }

  #newInode(): number {
    return this.#freeInodes.pop() ?? ++this.#lastInode
  }

  #unlinked(node: SimulatedNode): void {
    if (node.kind !== 'file') return
    node.links--
    this.#free(node)
  }

  #free(file: SimulatedFile): void {
    if (file.links === 0 && file.opened === 0) this.#freeInodes.push(file.inode)
  }

  #end(): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#turns.end()
  }
}

const EXT4 = 0xef53

function statOf(node: SimulatedNode): FileStat {
  const { inode, mode, modifiedAt } = node
  return node.kind === 'file'
    ? { inode, mode, modifiedAt, links: node.links, size: node.size, isDirectory: false }
    : { inode, mode, modifiedAt, links: 2, size: 0, isDirectory: true }
}

function filesBelow(path: string, directory: SimulatedDirectory): (readonly [string, Buffer])[] {
  return [...directory.entries].flatMap(([name, node]) => {
    const below = posix.join(path, name)
    return node.kind === 'file' ? [[below, node.content] as const] : filesBelow(below, node)
  })
}
