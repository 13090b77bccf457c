import { join } from 'node:path'
import { AuditError } from '../../errors.ts'
import type { FileStat, FileSystem, OpenFile } from '../../log-format/file-system.ts'
import type { Segment } from '../../log-format/segment-name.ts'

/** Appends to one segment, which it created. Do not use it after a failure: later results of the disk prove nothing. */
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

  /** Resolves once the empty segment is durable in the directory. */
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

  /** The inode, which stays the same whatever file has the name later. */
  get inode(): number {
    return this.#stat.inode
  }

  async write(bytes: Uint8Array): Promise<void> {
    const count = await this.#file.write(bytes)
    // A full disk may store a part without an error.
    if (count !== bytes.length) {
      throw new AuditError(
        'AUDIT_JOURNAL_UNAVAILABLE',
        `The disk stored only ${count} of ${bytes.length} bytes; it is probably full.`,
      )
    }
    this.#size += count
  }

  sync(): Promise<void> {
    return this.#file.sync()
  }

  async close(): Promise<void> {
    // Everything that counts was synced before, so a failed close loses nothing.
    await this.#file.close().catch(() => undefined)
  }
}
