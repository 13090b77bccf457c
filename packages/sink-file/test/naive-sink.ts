import { open, readFile, rename, rm, writeFile, type FileHandle } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import type { FileSink, FileSinkOptions } from '../src/index.ts'

/**
 * Opens its file once, rotates by size without a lock, compresses at once, and keeps writing to its open file. The harness must
 * detect this.
 */
export function naiveSink({ path = '', rotate }: FileSinkOptions): FileSink {
  let handle: FileHandle | undefined
  return {
    name: 'naive',
    open: async () => undefined,
    async write({ lines }) {
      handle ??= await open(path, 'a', 0o600)
      await handle.write(`${lines.join('\n')}\n`)
      if ((await handle.stat()).size < (rotate?.maxBytes ?? Infinity)) return
      await handle.close()
      handle = undefined
      await rotateAt(path).catch(() => undefined)
    },
    reopen: async () => undefined,
    close: async () => handle?.close(),
  }
}

async function rotateAt(path: string): Promise<void> {
  const closed = `${path}.${new Date().toISOString().replaceAll(/[-:.]/g, '')}-000000`
  await rename(path, closed)
  await writeFile(`${closed}.gz`, gzipSync(await readFile(closed)))
  await rm(closed)
}
