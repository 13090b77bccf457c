import { join } from 'node:path'
import { AuditError } from '../../errors.ts'
import type { FileStat, FileSystem, OpenFile } from './file-system.ts'
import type { Segment } from './segment-name.ts'

/** Appends to one segment, which it created. After a failure it must not be used again: what the disk then says proves nothing. */
export class SegmentWriter {
  readonly segment: Segment
  readonly #file: OpenFile
  readonly #stat: FileStat
  #size: number

  constructor(segment: Segment, file: OpenFile, stat: FileStat) {
    this.segment = segment
    this.#file = file
    this.#stat = stat
    this.#size = stat.size
  }

  /** Resolves once the empty segment is in the directory for good. */
  static async create(fileSystem: FileSystem, directory: string, segment: Segment): Promise<SegmentWriter> {
    const path = join(directory, segment.name)
    const file = await fileSystem.open(path, 'create')
    try {
      await fileSystem.syncDirectory(directory)
      return new SegmentWriter(segment, file, await file.stat())
    } catch (error) {
      await file.close().catch(() => undefined)
      await fileSystem.remove(path).catch(() => undefined)
      throw error
    }
  }

  get size(): number {
    return this.#size
  }

  /** Which file it is, whatever its name says later. */
  get inode(): number {
    return this.#stat.inode
  }

  async write(bytes: Uint8Array): Promise<void> {
    const count = await this.#file.write(bytes)
    // A full disk takes what fits and says nothing.
    if (count !== bytes.length) {
      throw new AuditError('AUDIT_JOURNAL_UNAVAILABLE', `The disk took ${count} of ${bytes.length} bytes; it is probably full.`)
    }
    this.#size += count
  }

  sync(): Promise<void> {
    return this.#file.sync()
  }

  async close(): Promise<void> {
    // Everything that counts was synced before; a file that does not close is the kernel's.
    await this.#file.close().catch(() => undefined)
  }
}
