import { mkdir, mkdtemp, readdir, readFile, readlink, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AuditEvent } from '@audit/core'
import { type Batch, createBatch } from '@audit/core/sink'
import { sampleBatch } from '@audit/core/testing'
import { delay, systemClock } from '@audit/core/internal'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { FileSinkOptions } from './file-sink-options.ts'
import { fileSink, type FileSink } from './file-sink.ts'

// Changes to the files from outside, and the choice of files.

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

function open(options: Partial<FileSinkOptions> = {}): FileSink {
  const sink = fileSink({ path, ...options })
  opened.push(sink)
  return sink
}
const write = (sink: FileSink, batch: Batch) => sink.write(batch, { signal: new AbortController().signal })
const text = (...batches: Batch[]) => batches.flatMap((batch) => batch.lines.map((line) => `${line}\n`)).join('')

/** Lists the folder's files that this process has open, from Linux's /proc. */
async function openFiles(): Promise<readonly string[]> {
  const links = (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => ''))
  return (await Promise.all(links)).filter((link) => link.startsWith(folder)).map((link) => link.slice(folder.length + 1))
}

describe('reopening', () => {
  test.runIf(process.platform === 'linux')(
    'reopen() closes a file that was moved away, even without a batch to write',
    async () => {
      const sink = open()
      await write(sink, sampleBatch(1))
      await rename(path, `${path}.1`)
      expect(await openFiles()).toContain('trail.log.1')
      await sink.reopen()
      expect(await openFiles()).not.toContain('trail.log.1')
    },
  )

  test('the signal reopens the file, and close() removes the listener', async () => {
    const before = process.listenerCount('SIGHUP')
    const sink = open({ reopenOn: 'SIGHUP' })
    expect(process.listenerCount('SIGHUP')).toBe(before + 1)
    const batches = [sampleBatch(1), sampleBatch(1)] as const
    await write(sink, batches[0])
    await rename(path, `${path}.1`)
    process.kill(process.pid, 'SIGHUP')
    await write(sink, batches[1])
    await sink.close()
    expect(process.listenerCount('SIGHUP')).toBe(before)
    expect([await readFile(`${path}.1`, 'utf8'), await readFile(path, 'utf8')]).toEqual(batches.map((batch) => text(batch)))
  })
})

test('a program that moves the file away has time to create a new one', async () => {
  const sink = open()
  const batches = [sampleBatch(1), sampleBatch(1)] as const
  await write(sink, batches[0])
  await rename(path, `${path}.1`)
  const written = write(sink, batches[1])
  // As logrotate does it; `wx` fails if a file exists.
  await delay(systemClock, 100)
  await writeFile(path, 'new\n', { flag: 'wx' })
  await written
  expect(await readFile(path, 'utf8')).toBe(`new\n${text(batches[1])}`)
})

describe('symbolic links', () => {
  test('symbolic links are followed by default', async () => {
    await symlink(join(folder, 'real.log'), path)
    const batch = sampleBatch(1)
    await write(open(), batch)
    expect(await readFile(join(folder, 'real.log'), 'utf8')).toBe(text(batch))
  })

  test('a symbolic link in place of the file is refused, and its target is not created', async () => {
    await symlink(join(folder, 'real.log'), path)
    await expect(write(open({ symbolicLinks: 'refuse' }), sampleBatch(1))).rejects.toThrow(/ELOOP/)
    await expect(stat(join(folder, 'real.log'))).rejects.toThrow(/ENOENT/)
  })

  test('a symbolic link in place of any folder in the path is refused', async () => {
    await mkdir(join(folder, 'real', 'deep'), { recursive: true })
    await symlink(join(folder, 'real'), join(folder, 'link'))
    const sink = open({ path: join(folder, 'link', 'deep', 'trail.log'), symbolicLinks: 'refuse' })
    await expect(write(sink, sampleBatch(1))).rejects.toThrow('there is a symbolic link in its path')
    expect(await readdir(join(folder, 'real', 'deep'))).toEqual([])
  })

  test('a symbolic link that replaces the open file is refused', async () => {
    const sink = open({ symbolicLinks: 'refuse' })
    await write(sink, sampleBatch(1))
    await rename(path, join(folder, 'moved.log'))
    await symlink(join(folder, 'moved.log'), path)
    await expect(write(sink, sampleBatch(1))).rejects.toThrow(/ELOOP/)
  })

  test("symbolicLinks: 'refuse' changes nothing for a path without links", async () => {
    const batch = sampleBatch(1)
    await write(open({ symbolicLinks: 'refuse' }), batch)
    expect(await readFile(path, 'utf8')).toBe(text(batch))
  })
})

describe('a file for each source', () => {
  const from = (...sources: string[]) => {
    const lines = sources.map((source, index) => {
      const { source: _, ...event } = JSON.parse(sampleBatch(1).lines[0]!) as AuditEvent
      return JSON.stringify({ ...event, source, sequence: index })
    })
    return createBatch(lines.map((line, index) => ({ line, byteLength: Buffer.byteLength(line) + 1, end: index + 1 })))
  }
  const only = (batch: Batch, ...indexes: number[]) => indexes.map((index) => `${batch.lines[index]!}\n`).join('')

  test('with {source} each file has only the events of its source, in order', async () => {
    const batch = from('api/one/1', 'api/two/2', 'api/one/1', '../../evil')
    await write(open({ path: join(folder, 'audit.{source}.log') }), batch)
    expect(await readFile(join(folder, 'audit.api_one_1.log'), 'utf8')).toBe(only(batch, 0, 2))
    expect(await readFile(join(folder, 'audit.api_two_2.log'), 'utf8')).toBe(only(batch, 1))
    expect(await readFile(join(folder, 'audit.%2e._.._evil.log'), 'utf8')).toBe(only(batch, 3))
  })

  test('with {source} an error reports how much of the batch is stored', async () => {
    await mkdir(join(folder, 'b.log'))
    const error = await write(open({ path: join(folder, '{source}.log') }), from('a', 'a', 'b', 'a')).catch(
      (reason: unknown) => reason,
    )
    expect(error).toMatchObject({
      code: 'AUDIT_SINK_FAILED',
      retryable: true,
      stored: 2,
      message: expect.stringContaining('EISDIR'),
    })
  })

  test.runIf(process.platform === 'linux')(
    'with {source} the least recently used file is closed and opened again on demand',
    async () => {
      const sink = open({ path: join(folder, '{source}.log') })
      const sources = Array.from({ length: 100 }, (_, index) => `s${index}`)
      const [first, all, last] = [from('s0'), from(...sources), from('s0')]
      for (const batch of [first, all, last]) await write(sink, batch)
      const logs = (await openFiles()).filter((name) => name.endsWith('.log'))
      expect(logs).toHaveLength(64)
      expect(await readFile(join(folder, 's0.log'), 'utf8')).toBe(text(first) + only(all, 0) + text(last))
    },
  )
})

test('a device accepts events, but cannot be rotated', async () => {
  await write(open({ path: '/dev/null' }), sampleBatch(3))
  await expect(write(open({ path: '/dev/null', rotate: { maxBytes: 1 } }), sampleBatch(1))).rejects.toThrow(/it is a device/)
})

test('with lock: false events are stored without a lock file', async () => {
  const batches = [sampleBatch(2), sampleBatch(1)] as const
  const sink = open({ lock: false })
  for (const batch of batches) await write(sink, batch)
  expect(await readdir(folder)).toEqual(['trail.log'])
  expect(await readFile(path, 'utf8')).toBe(text(...batches))
})

test('a file that was truncated while open is continued from its new end', async () => {
  const sink = open()
  await write(sink, sampleBatch(2))
  await writeFile(path, '')
  const batch = sampleBatch(1)
  await write(sink, batch)
  expect(await readFile(path, 'utf8')).toBe(text(batch))
})
