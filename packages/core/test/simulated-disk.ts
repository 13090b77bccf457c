import { posix } from 'node:path'
import type { DiskSpace, FileLock, FileStat, FileSystem, OpenFile, OpenMode } from '../src/log-format/file-system.ts'
import type { SimulatedNode } from './simulated-directory.ts'
import { failure, SimulatedFaults, type Fault, type FaultyCall } from './simulated-faults.ts'
import type { SimulatedFile } from './simulated-file.ts'
import { shuffled, type Random } from './simulated-random.ts'
import { SimulatedTree } from './simulated-tree.ts'
import { SimulatedTurns } from './simulated-turns.ts'

export interface SimulatedDiskOptions {
  /** Decides everything that is random. */
  readonly random: Random
  /** Durable from the start, by absolute path; their directories are made. */
  readonly files?: ReadonlyMap<string, Uint8Array>
  /** Stamps what is written, in milliseconds since 1970. Default: always 0. */
  readonly now?: () => number
  /** The share of all calls that fails, from 0 to 1. Default 0. */
  readonly faultShare?: number
  /** Negative control: syncing a file makes nothing durable. */
  readonly ignoreSync?: boolean
  /** Negative control: syncing a directory makes nothing durable. */
  readonly ignoreSyncDirectory?: boolean
}

/** A disk in memory as one process sees it; it can fail, and lose power. Paths are absolute. */
export interface SimulatedDisk extends FileSystem {
  /**
   * Returns the disk after a power failure, drawn from all possible states. No pending call of this process is ever answered; the
   * others must have ended.
   */
  crash(): SimulatedDisk
  /** Returns the disk after a kill of this process: everything that was written, and no locks. No call is answered any more. */
  kill(): SimulatedDisk
  /** Returns the same disk for another process that runs at the same time. */
  another(): SimulatedDisk
  /** Removes every lock, as if the lock files were removed. */
  breakLocks(): void
  /** Makes the next such call fail; several add up. `short` is for `write` and `read`: fewer bytes than requested. */
  failNext(call: FaultyCall, fault: Fault): void
  /** Makes the call with this number fail, whichever it is. */
  failNth(call: number, fault: Fault): void
  /** Takes back the faults that have not happened yet, and returns their number. */
  clearFaults(): number
  /** Number of faults that happened. */
  readonly faults: number
  /** True if no call is under way. */
  readonly isIdle: boolean
  /** Current contents of every file, by path. */
  files(): ReadonlyMap<string, Buffer>
}

export function simulatedDisk(options: SimulatedDiskOptions): SimulatedDisk {
  const tree = new SimulatedTree(options.now ?? (() => 0))
  for (const [path, content] of options.files ?? []) tree.put(path, Buffer.from(content))
  return new Disk(options, tree)
}

class Disk implements SimulatedDisk {
  readonly #options: SimulatedDiskOptions
  readonly #tree: SimulatedTree
  readonly #turns: SimulatedTurns
  readonly #faults: SimulatedFaults
  #hasEnded = false

  constructor(options: SimulatedDiskOptions, tree: SimulatedTree) {
    this.#options = options
    this.#tree = tree
    this.#turns = new SimulatedTurns(options.random)
    this.#faults = new SimulatedFaults(options.random, options.faultShare ?? 0)
  }

  crash(): SimulatedDisk {
    this.#end()
    return new Disk(this.#options, this.#tree.crashed(this.#options.random))
  }

  kill(): SimulatedDisk {
    this.#end()
    return this.another()
  }

  another(): SimulatedDisk {
    return new Disk(this.#options, this.#tree)
  }

  breakLocks(): void {
    this.#tree.breakLocks()
  }

  failNext(call: FaultyCall, fault: Fault): void {
    this.#faults.failNext(call, fault)
  }

  failNth(call: number, fault: Fault): void {
    this.#faults.failNth(call, fault)
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
    return this.#tree.files()
  }

  makeDirectory(path: string): Promise<void> {
    return this.#call('makeDirectory', path, () => this.#tree.makeDirectory(path))
  }

  list(directory: string): Promise<readonly string[]> {
    return this.#call('list', directory, () =>
      shuffled(this.#options.random, [...this.#tree.directory(directory, 'scandir').entries.keys()]),
    )
  }

  open(path: string, mode: OpenMode): Promise<OpenFile> {
    return this.#call('open', path, () => {
      const isNew = mode === 'create' || (mode === 'update' && !this.#tree.has(path))
      const file = isNew ? this.#tree.create(path) : this.#tree.node(path, 'open')
      if (file.kind === 'directory') throw failure('EISDIR', 'open', path)
      return this.#opened(file)
    })
  }

  rename(from: string, to: string): Promise<void> {
    return this.#call('rename', from, () => this.#tree.rename(from, to))
  }

  remove(path: string): Promise<void> {
    return this.#call('remove', path, () => this.#tree.remove(path))
  }

  stat(path: string): Promise<FileStat> {
    return this.#call('stat', path, () => statOf(this.#tree.node(path, 'lstat')))
  }

  syncDirectory(path: string): Promise<void> {
    return this.#take(() => {
      const directory = this.#tree.directory(path, 'fsync')
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
    return this.#tree.lock(path, this) ? { release: () => this.#tree.unlock(path, this) } : undefined
  }

  createSync(path: string, bytes: Uint8Array): void {
    if (this.#hasEnded) return
    const file = this.#tree.create(path)
    this.#failing('createSync', path, () => file.write(bytes.subarray(0, this.#faults.shortened(bytes.length)), 0, this.#now))
    file.write(bytes, 0, this.#now)
    if (!this.#options.ignoreSync) file.sync()
    if (!this.#options.ignoreSyncDirectory) this.#tree.directory(posix.dirname(path), 'fsync').sync()
  }

  isSameSync(path: string, stat: FileStat): boolean {
    if (this.#hasEnded) return false
    return this.#tree.directory(posix.dirname(path), 'lstat').entries.get(posix.basename(path))?.inode === stat.inode
  }

  #opened(file: SimulatedFile): OpenFile {
    const { random } = this.#options
    let isOpen = true
    file.opened++
    return {
      // The bytes are read when they are written, as in a thread pool: a change before that is visible.
      write: (bytes, position) =>
        this.#take(() => {
          const fault = this.#faults.take('write')
          // A signal that ends the process may stop a write half way, as a fault does.
          const isCut = fault !== undefined || (this.#hasEnded && random() < 0.5)
          const taken = Buffer.from(isCut ? bytes.subarray(0, this.#faults.shortened(bytes.length)) : bytes)
          file.write(taken, position ?? file.size, this.#now)
          if (fault !== undefined && fault !== 'short') throw failure(fault, 'write')
          return taken.length
        }),
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
          this.#tree.closed(file)
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

  /** Fails if it must, after the effects that a failing call still has. */
  #failing(call: FaultyCall, path: string | undefined, leave: () => void): void {
    const fault = this.#faults.take(call)
    if (fault === undefined || fault === 'short') return
    leave()
    throw failure(fault, call, path)
  }

  get #now(): number {
    return this.#options.now?.() ?? 0
  }

  #end(): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#turns.end()
    this.#tree.breakLocks(this)
  }
}

const EXT4 = 0xef53

function statOf(node: SimulatedNode): FileStat {
  const { inode, mode, modifiedAt } = node
  return node.kind === 'file'
    ? { inode, mode, modifiedAt, links: node.links, size: node.size, kind: 'file' }
    : { inode, mode, modifiedAt, links: 2, size: 0, kind: 'directory' }
}
