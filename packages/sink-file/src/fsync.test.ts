import { mkdtemp, open as openHandle, readFile, rm, type FileHandle } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sampleBatch } from '@audit/core/testing'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { fileSink } from './file-sink.ts'

let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'audit-'))
  path = join(folder, 'logs', 'trail.log')
})
afterEach(async () => {
  vi.restoreAllMocks()
  await rm(folder, { recursive: true })
})

const options = () => ({ signal: new AbortController().signal })

/** The shared methods of all file handles, to observe syncs or make them fail. */
async function handles(): Promise<FileHandle> {
  const handle = await openHandle(folder)
  await handle.close()
  return Object.getPrototypeOf(handle) as FileHandle
}

test('each batch is synced before it is stored, and a new file with its folders before the first', async () => {
  const prototype = await handles()
  const [data, whole] = [vi.spyOn(prototype, 'datasync'), vi.spyOn(prototype, 'sync')]
  const sink = fileSink({ path, fsync: 'batch' })
  await sink.write(sampleBatch(1), options())
  // The folder of the file, and the one in which that folder was created.
  expect([data.mock.calls.length, whole.mock.calls.length]).toEqual([1, 2])
  await sink.write(sampleBatch(1), options())
  expect([data.mock.calls.length, whole.mock.calls.length]).toEqual([2, 2])
  await sink.close()
})

test('nothing is synced by default', async () => {
  const prototype = await handles()
  const [data, whole] = [vi.spyOn(prototype, 'datasync'), vi.spyOn(prototype, 'sync')]
  const sink = fileSink({ path })
  await sink.write(sampleBatch(1), options())
  expect([data.mock.calls.length, whole.mock.calls.length]).toEqual([0, 0])
  await sink.close()
})

test('a failed sync rejects the batch, removes it, and is never retried on the same descriptor', async () => {
  const prototype = await handles()
  const { datasync } = prototype
  const synced: FileHandle[] = []
  vi.spyOn(prototype, 'datasync').mockImplementation(function (this: FileHandle) {
    synced.push(this)
    return synced.length === 2 ? Promise.reject(Object.assign(new Error('EIO: i/o error'), { code: 'EIO' })) : datasync.call(this)
  })
  const sink = fileSink({ path, fsync: 'batch' })
  const batches = [sampleBatch(2), sampleBatch(3)] as const
  await sink.write(batches[0], options())
  await expect(sink.write(batches[1], options())).rejects.toMatchObject({
    retryable: true,
    message: expect.stringContaining('EIO'),
  })
  expect(await readFile(path, 'utf8')).toBe(batches[0].lines.map((line) => `${line}\n`).join(''))
  await sink.write(batches[1], options())
  expect(await readFile(path, 'utf8')).toBe([...batches[0].lines, ...batches[1].lines].map((line) => `${line}\n`).join(''))
  expect([synced[1] === synced[0], synced[2] === synced[1]]).toEqual([true, false])
  await sink.close()
})
