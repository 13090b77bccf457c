import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { Batch } from '@audit/core/sink'
import { sampleBatch } from '@audit/core/testing'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { FileSinkOptions } from './file-sink-options.ts'
import { fileSink, type FileSink } from './file-sink.ts'
import { rotatedFiles } from './rotated-name.ts'

let folder: string
let path: string
const opened: FileSink[] = []
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'audit-'))
  path = join(folder, 'trail.log')
})
afterEach(async () => {
  await Promise.all(opened.splice(0).map((sink) => sink.close()))
  await rm(folder, { recursive: true })
})

function open(options: Partial<FileSinkOptions>): FileSink {
  const sink = fileSink({ path, ...options })
  opened.push(sink)
  return sink
}
const write = (sink: FileSink, batch: Batch) => sink.write(batch, { signal: new AbortController().signal })
const text = (...batches: Batch[]) => batches.flatMap((batch) => batch.lines.map((line) => `${line}\n`)).join('')
const rotated = async () => rotatedFiles('trail.log', await readdir(folder))

/** The closed files, oldest first, and the open one. */
async function texts(): Promise<readonly string[]> {
  const closed = await rotated()
  const files = closed.map(({ name, isPlain }) => (isPlain ? name : `${name}.gz`))
  const bytes = await Promise.all([...files, 'trail.log'].map((name) => readFile(join(folder, name))))
  return bytes.map((each, index) => (files[index]?.endsWith('.gz') ? gunzipSync(each) : each).toString())
}

describe('by size', () => {
  test('with maxBytes no file grows beyond the limit, and each batch is in one file', async () => {
    const batches = Array.from({ length: 7 }, () => sampleBatch(10))
    const sink = open({ rotate: { maxBytes: Math.ceil(batches[0]!.byteLength * 2.5) } })
    for (const batch of batches) await write(sink, batch)
    const [one, two, three, four, five, six, seven] = batches as [Batch, Batch, Batch, Batch, Batch, Batch, Batch]
    expect(await texts()).toEqual([text(one, two), text(three, four), text(five, six), text(seven)])
  })

  test('a batch larger than maxBytes has its own file, and leaves no empty one', async () => {
    const batches = [sampleBatch(1), sampleBatch(10), sampleBatch(10), sampleBatch(1)] as const
    const sink = open({ rotate: { maxBytes: batches[1].byteLength - 1 } })
    for (const batch of batches) await write(sink, batch)
    expect(await texts()).toEqual(batches.map((batch) => text(batch)))
  })

  test('an existing file counts towards maxBytes', async () => {
    await writeFile(path, 'x'.repeat(1_000) + '\n')
    const batch = sampleBatch(1)
    await write(open({ rotate: { maxBytes: 1_000 } }), batch)
    expect(await texts()).toEqual(['x'.repeat(1_000) + '\n', text(batch)])
  })

  test('a file behind a link is rotated in its own folder, and the link leads to the new file', async () => {
    const elsewhere = await mkdtemp(join(tmpdir(), 'audit-'))
    await symlink(join(elsewhere, 'real.log'), path)
    const batches = [sampleBatch(1), sampleBatch(1)] as const
    const sink = open({ rotate: { maxBytes: 1 } })
    for (const batch of batches) await write(sink, batch)
    const [closed] = rotatedFiles('real.log', await readdir(elsewhere))
    expect(await readFile(join(elsewhere, closed!.name), 'utf8')).toBe(text(batches[0]))
    expect(await readFile(path, 'utf8')).toBe(text(batches[1]))
    await rm(elsewhere, { recursive: true })
  })
})

describe('by time', () => {
  const lastWrittenAt = (time: string) => utimes(path, new Date(time), new Date(time))
  afterEach(() => void vi.useRealTimers())

  test.each([
    [{ every: 'hour' }, '2026-11-23T06:59:59.999Z', '2026-11-23T07:00:00.000Z', 2],
    [{ every: 'hour' }, '2026-11-23T07:00:00.000Z', '2026-11-23T07:59:59.999Z', 1],
    [{ every: 'day' }, '2026-11-22T23:59:59.999Z', '2026-11-23T00:00:00.000Z', 2],
    [{ every: 'day' }, '2026-11-23T00:00:00.000Z', '2026-11-23T23:59:59.999Z', 1],
    [{ everyMs: 60_000 }, '2026-11-23T07:00:59.999Z', '2026-11-23T07:01:00.000Z', 2],
    [{ everyMs: 60_000, maxBytes: 1_000_000 }, '2026-11-23T07:00:59.999Z', '2026-11-23T07:01:00.000Z', 2],
    // The clock went back: the file is not closed.
    [{ every: 'hour' }, '2026-11-23T08:00:00.000Z', '2026-11-23T07:59:00.000Z', 1],
  ] as const)('with %j a file last written at %s and now at %s makes %i files', async (rotate, last, now, count) => {
    const sink = open({ rotate })
    const batches = [sampleBatch(1), sampleBatch(1)] as const
    await write(sink, batches[0])
    await lastWrittenAt(last)
    vi.useFakeTimers({ toFake: ['Date'], now: new Date(now) })
    await write(sink, batches[1])
    expect(await texts()).toEqual(count === 1 ? [text(...batches)] : batches.map((batch) => text(batch)))
  })
})

describe('afterwards', () => {
  test('closed files are compressed in the background without losing an event', async () => {
    const batches = Array.from({ length: 6 }, () => sampleBatch(20))
    const sink = open({ rotate: { maxBytes: batches[0]!.byteLength, gzip: true } })
    for (const batch of batches) await write(sink, batch)
    await expect.poll(async () => (await rotated()).filter(({ isPlain }) => !isPlain)).toHaveLength(5)
    expect(await texts()).toEqual(batches.map((batch) => text(batch)))
    expect((await readdir(folder)).filter((name) => name.endsWith('.part'))).toEqual([])
  })

  test('keepFiles keeps the newest closed files', async () => {
    const batches = Array.from({ length: 8 }, () => sampleBatch(2))
    const sink = open({ rotate: { maxBytes: 1, keepFiles: 3 } })
    for (const batch of batches) await write(sink, batch)
    await expect.poll(rotated).toHaveLength(3)
    expect(await texts()).toEqual(batches.slice(4).map((batch) => text(batch)))
  })

  test('keepMs removes closed files by the age of their last line, and no file with a similar name', async () => {
    const [old, young] = ['trail.log.20260101T000000000Z-000000.gz', 'trail.log.20260101T000000001Z-000000.gz']
    const others = ['trail.log.1', 'trail.log.old.gz', 'other.log.20260101T000000000Z-000000', 'trail.log.20260101']
    for (const name of [old, young, ...others]) await writeFile(join(folder, name), '')
    const longAgo = new Date(Date.now() - 100_000)
    for (const name of [old, ...others]) await utimes(join(folder, name), longAgo, longAgo)
    await write(open({ rotate: { maxBytes: 1, keepMs: 50_000 } }), sampleBatch(1))
    await expect.poll(() => readdir(folder)).not.toContain(old)
    expect(await readdir(folder)).toEqual(expect.arrayContaining([young, ...others]))
  })

  test('a start compresses closed files that a crash left, and removes partial ones', async () => {
    const names = ['trail.log.20260101T000000000Z-000000', 'trail.log.20260101T000000001Z-000000'] as const
    await writeFile(join(folder, names[0]), 'first\n')
    await writeFile(join(folder, `${names[0]}.gz.part`), 'half')
    await writeFile(join(folder, `${names[1]}.gz.part`), 'half')
    const batch = sampleBatch(1)
    await write(open({ rotate: { maxBytes: 1_000_000, gzip: true } }), batch)
    await expect.poll(async () => (await rotated()).map(({ isPlain }) => isPlain)).toEqual([false])
    await expect.poll(() => readdir(folder)).not.toContain(`${names[1]}.gz.part`)
    expect(await texts()).toEqual(['first\n', text(batch)])
  })

  test('close() does not wait for a compression, and leaves the file unchanged', async () => {
    const name = 'trail.log.20260101T000000000Z-000000'
    await writeFile(join(folder, name), Buffer.alloc(64 << 20, 'x'))
    const sink = open({ rotate: { maxBytes: 1_000_000, gzip: true } })
    await write(sink, sampleBatch(1))
    await expect.poll(() => readdir(folder), { interval: 1 }).toContain(`${name}.gz.part`)
    await sink.close()
    expect((await readdir(folder)).filter((each) => each.startsWith(name))).toEqual([name])
    expect((await stat(join(folder, name))).size).toBe(64 << 20)
  })

  test('a failed clean-up is warned of once, and rejects no batch', async () => {
    const warnings: Error[] = []
    const listen = (warning: Error) => void warnings.push(warning)
    process.on('warning', listen)
    // A folder where the compression would write: it cannot be removed like a file.
    await writeFile(join(folder, 'trail.log.20260101T000000000Z-000000'), 'x')
    const part = join(folder, 'trail.log.20260101T000000000Z-000000.gz.part')
    await mkdir(part)
    const sink = open({ rotate: { maxBytes: 1, gzip: true } })
    const batches = [sampleBatch(1), sampleBatch(1), sampleBatch(1)]
    for (const batch of batches) await write(sink, batch)
    await expect.poll(() => warnings.length).toBe(1)
    await sink.close()
    process.off('warning', listen)
    expect(warnings[0]).toMatchObject({
      code: 'AUDIT_FILE_UPKEEP',
      message: expect.stringContaining(`Cannot compress or remove the rotated files of ${path}`),
    })
    expect((await texts()).slice(1)).toEqual(batches.map((batch) => text(batch)))
  })
})
