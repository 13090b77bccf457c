import { dirname } from 'node:path'
import type { FileSystem, OpenFile } from './file-system.ts'
import { ifMissing } from './small-file.ts'

export interface SegmentPart {
  readonly from: string
  readonly to: string
  /** In bytes. */
  readonly start: number
  readonly end: number
}

const COPY_BYTES = 1 << 20

/**
 * Copies a part of a segment. The copy gets its name once it is durable, because half a copy must never count. Resolves with the
 * open copy.
 */
export async function copyPart(fileSystem: FileSystem, { from, to, start, end }: SegmentPart): Promise<OpenFile> {
  const source = await fileSystem.open(from, 'read')
  let target: OpenFile | undefined
  try {
    await fileSystem.remove(`${to}.tmp`).catch(ifMissing)
    target = await fileSystem.open(`${to}.tmp`, 'create')
    await copyBytes(source, target, start, end)
    await target.sync()
    await fileSystem.rename(`${to}.tmp`, to)
    await fileSystem.syncDirectory(dirname(to))
    return target
  } catch (error) {
    await target?.close().catch(() => undefined)
    throw error
  } finally {
    await source.close()
  }
}

async function copyBytes(source: OpenFile, target: OpenFile, start: number, end: number): Promise<void> {
  const buffer = Buffer.allocUnsafe(Math.min(COPY_BYTES, end - start))
  for (let offset = start; offset < end;) {
    const count = await source.read(buffer.subarray(0, Math.min(buffer.length, end - offset)), offset)
    if (count === 0) throw new Error('The segment became shorter while it was copied.')
    const taken = await target.write(buffer.subarray(0, count))
    if (taken !== count) throw Object.assign(new Error('The disk is full.'), { code: 'ENOSPC' })
    offset += count
  }
}
