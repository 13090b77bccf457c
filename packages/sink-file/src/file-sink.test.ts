import { execFileSync } from 'node:child_process'
import { appendFile, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAudit, defineEvents, memoryJournal, noPayload, type Sink } from '@audit/core'
import type { Batch, EventFormat } from '@audit/core/sink'
import { sampleBatch } from '@audit/core/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { FileSinkOptions } from './file-sink-options.ts'
import { fileSink } from './file-sink.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'audit-'))
})
afterEach(async () => {
  await Promise.all(opened.splice(0).map((sink) => sink.close!()))
  await rm(folder, { recursive: true })
})

const opened: Sink[] = []
function open(given: FileSinkOptions): Sink {
  const sink = fileSink(given)
  opened.push(sink)
  return sink
}

const options = () => ({ signal: new AbortController().signal })
const text = (...batches: Batch[]) => batches.flatMap((batch) => batch.lines.map((line) => `${line}\n`)).join('')

describe('open()', () => {
  const isRefused = (given: FileSinkOptions, reason: string) => expect(open(given).open!(options())).rejects.toThrow(reason)

  test('open() creates the file with its folders, and a second call changes nothing', async () => {
    const sink = open({ path: join(folder, 'a', 'trail.log') })
    await sink.open!(options())
    await sink.open!(options())
    expect(await readFile(join(folder, 'a', 'trail.log'), 'utf8')).toBe('')
    const batch = sampleBatch(2)
    await sink.write(batch, options())
    expect(await readFile(join(folder, 'a', 'trail.log'), 'utf8')).toBe(text(batch))
  })

  test('open() creates only the folder if each source has its own file', async () => {
    await open({ path: join(folder, 'a', '{source}', 'b.log') }).open!(options())
    await open({ path: join(folder, 'c', 'trail-{source}.log') }).open!(options())
    expect(await readdir(folder)).toEqual(['a', 'c'])
    expect(await readdir(join(folder, 'c'))).toEqual([])
  })

  test('open() rejects with the reason if a path cannot be written', async () => {
    await writeFile(join(folder, 'file'), '')
    await isRefused({ path: folder }, `Cannot write to ${folder}: EISDIR. The path is a folder; give a file.`)
    await isRefused({ path: join(folder, 'file', 'a.log') }, 'A part of the path is a file')
    await isRefused({ path: join(folder, 'file', '{source}.log') }, 'A part of the path is a file')
    await isRefused({ path: '/proc/no/such.log' }, 'Cannot write to /proc/no/such.log')
    await isRefused({ path: '/dev/null', rotate: { maxBytes: 1 } }, 'Cannot rotate /dev/null')
    await mkdir(join(folder, 'b.log.lock'))
    await isRefused({ path: join(folder, 'b.log') }, 'Cannot lock')
  })

  test('a failure of open() is reported by ready() and health()', async () => {
    const sink = open({ path: join(folder, 'no', 'trail.log') })
    await writeFile(join(folder, 'no'), '')
    const events = defineEvents({ flag: { created: noPayload } })
    const logger = { warn: () => undefined, error: () => undefined }
    const audit = createAudit({ service: 'flags', events, journal: memoryJournal(), sinks: [sink], logger })
    await expect(audit.ready()).rejects.toThrow('A part of the path is a file')
    expect(audit.health().problems).toEqual([expect.stringContaining('A part of the path is a file')])
    await rm(join(folder, 'no'))
    await audit.ready()
    expect(audit.health()).toMatchObject({ status: 'ok', problems: [] })
    await audit.close()
  })

  test('open() rejects after close()', async () => {
    const sink = open({ path: join(folder, 'trail.log') })
    await sink.close!()
    await expect(sink.open!(options())).rejects.toMatchObject({ code: 'AUDIT_CLOSED' })
  })
})

describe('the file', () => {
  test('the file and its folders are created for the owner alone', async () => {
    const path = join(folder, 'a', 'b', 'trail.log')
    await open({ path }).write(sampleBatch(1), options())
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect((await stat(join(folder, 'a'))).mode & 0o777).toBe(0o700)
  })

  test('the file has the mode of the options', async () => {
    const path = join(folder, 'trail.log')
    await open({ path, mode: 0o640 }).write(sampleBatch(1), options())
    expect((await stat(path)).mode & 0o777).toBe(0o640)
  })

  test('the file is appended to, not overwritten', async () => {
    const path = join(folder, 'trail.log')
    const [first, second] = [sampleBatch(2), sampleBatch(1)]
    await open({ path }).write(first, options())
    await open({ path }).write(second, options())
    expect(await readFile(path, 'utf8')).toBe(text(first, second))
  })

  test('a deleted file is created again', async () => {
    const path = join(folder, 'trail.log')
    const sink = open({ path })
    await sink.write(sampleBatch(1), options())
    await rm(path)
    const batch = sampleBatch(2)
    await sink.write(batch, options())
    expect(await readFile(path, 'utf8')).toBe(text(batch))
  })

  test('a file that was moved away or replaced is created again', async () => {
    const path = join(folder, 'trail.log')
    const sink = open({ path })
    const batches = [sampleBatch(1), sampleBatch(1), sampleBatch(1)] as const
    await sink.write(batches[0], options())
    await rename(path, `${path}.1`)
    await sink.write(batches[1], options())
    await rename(path, `${path}.2`)
    await writeFile(path, 'another\n')
    await sink.write(batches[2], options())
    expect(await Promise.all([`${path}.1`, `${path}.2`, path].map((each) => readFile(each, 'utf8')))).toEqual([
      text(batches[0]),
      text(batches[1]),
      `another\n${text(batches[2])}`,
    ])
  })

  test('a deleted folder is created again with its file', async () => {
    const path = join(folder, 'logs', 'trail.log')
    const sink = open({ path })
    await sink.write(sampleBatch(1), options())
    await rm(join(folder, 'logs'), { recursive: true })
    const batch = sampleBatch(1)
    await sink.write(batch, options())
    expect(await readFile(path, 'utf8')).toBe(text(batch))
  })

  test('a partial line left by a crash is not continued', async () => {
    const path = join(folder, 'trail.log')
    const batch = sampleBatch(1)
    await appendFile(path, '{"version":"1.0","ty')
    await open({ path }).write(batch, options())
    expect(await readFile(path, 'utf8')).toBe(`{"version":"1.0","ty\n${text(batch)}`)
  })

  test('concurrent batches are written one after the other', async () => {
    const path = join(folder, 'trail.log')
    const sink = open({ path })
    const batches = Array.from({ length: 20 }, () => sampleBatch(10))
    await Promise.all(batches.map((batch) => sink.write(batch, options())))
    expect(await readFile(path, 'utf8')).toBe(text(...batches))
  })
})

test('an error names the path and what to do, and is retryable', async () => {
  const path = join(folder, 'trail.log')
  await mkdir(path)
  await expect(open({ path }).write(sampleBatch(1), options())).rejects.toMatchObject({
    code: 'AUDIT_SINK_FAILED',
    retryable: true,
    message: `Cannot write to ${path}: EISDIR. The path is a folder; give a file.`,
  })
})

test('a pipe is refused, because a lost reader would not be noticed', async () => {
  const path = join(folder, 'pipe')
  execFileSync('mkfifo', [path])
  await expect(open({ path }).write(sampleBatch(1), options())).rejects.toThrow(`Cannot write to ${path}: it is a pipe.`)
})

test('a signal that aborts stops a batch that waits for its turn', async () => {
  const path = join(folder, 'trail.log')
  const sink = open({ path })
  const [first, second] = [sampleBatch(1), sampleBatch(1)]
  const abort = new AbortController()
  const writes = [sink.write(first, options()), sink.write(second, { signal: abort.signal })] as const
  abort.abort(new Error('too late'))
  await writes[0]
  await expect(writes[1]).rejects.toThrow('too late')
  expect(await readFile(path, 'utf8')).toBe(text(first))
})

test('with an already aborted signal not even an empty file is created', async () => {
  const path = join(folder, 'logs', 'trail.log')
  await expect(open({ path }).write(sampleBatch(1), { signal: AbortSignal.abort() })).rejects.toThrow(/aborted/)
  await expect(stat(join(folder, 'logs'))).rejects.toThrow(/ENOENT/)
})

describe('a format of another system', () => {
  const format: EventFormat = { encode: ({ id }) => `event ${id}`, statuses: ['success'], systemEvents: false }

  test('the file has the text of the format, one line per event', async () => {
    const path = join(folder, 'trail.log')
    const batch = sampleBatch(2)
    await open({ path, format }).write(batch, options())
    expect(await readFile(path, 'utf8')).toBe(batch.events.map(({ id }) => `event ${id}\n`).join(''))
  })

  test('the sink gets what the format can express', () => {
    expect(open({ path: 'x', format })).toMatchObject({ statuses: ['success'], systemEvents: false })
    for (const sink of [open({ path: 'x' }), open({ path: 'x', format: { encode: format.encode } })]) {
      expect(sink).not.toHaveProperty('statuses')
      expect(sink).not.toHaveProperty('systemEvents')
    }
  })

  test('an event that the format refuses is not retried, and nothing of its batch is written', async () => {
    const path = join(folder, 'trail.log')
    const batch = sampleBatch(2)
    const refusing = { encode: ({ id }: { id: string }) => (id === batch.events[1]!.id ? (undefined as never) : id) }
    const sink = open({ path, format: refusing })
    await expect(sink.write(batch, options())).rejects.toMatchObject({ code: 'AUDIT_SINK_FAILED', retryable: false })
    await sink.write(
      sampleBatch(1, () => ({ id: batch.events[0]!.id })),
      options(),
    )
    expect(await readFile(path, 'utf8')).toBe(`${batch.events[0]!.id}\n`)
  })
})

describe('options', () => {
  test.each([
    [{}, /give either 'path' or 'stdout: true'/],
    [{ path: 'a', stdout: true }, /give either 'path' or 'stdout: true'/],
    [{ path: '' }, /path: /],
    [{ path: 'a\0b' }, /NUL/],
    [{ path: '"a.log"' }, /path: the path is in quotes; remove them/],
    [{ path: 'a.log\n' }, /path: there is a line break in the path; remove it/],
    [{ path: 'a', mode: 0o1777 }, /mode: give permission bits/],
    [{ path: 'a', mode: 0o440 }, /mode: give permission bits .* let the owner read and write/],
    [{ path: 'a', mode: '0600' }, /mode: /],
    [undefined, /options: /],
    [null, /options: /],
    [3, /options: /],
    [{ path: 'a', format: 'json' }, /format: /],
    [{ pth: 'a' }, /pth: there is no such option; did you mean 'path'\?/],
    [{ path: 'a', rotate: {} }, /rotate: give 'maxBytes', 'every' or 'everyMs'/],
    [{ path: 'a', rotate: { every: 'day', everyMs: 5_000 } }, /rotate: give 'every' or 'everyMs', not both/],
    [{ path: 'a', rotate: { maxBytes: 0 } }, /rotate\.maxBytes: /],
    [{ path: 'a', rotate: { maxBites: 1 } }, /rotate\.maxBites: there is no such option; did you mean 'maxBytes'\?/],
    [{ path: 'a', rotate: { maxBytes: 1, keepFiles: 0 } }, /rotate\.keepFiles: /],
    [{ path: 'a', reopenOn: 'SIGUSR2' }, /reopenOn: /],
    [{ path: 'a', fsync: 'always' }, /fsync: /],
    [{ path: 'a.{sourse}.log' }, /path: only {source} may be in braces/],
    [
      { stdout: true, rotate: { maxBytes: 1 }, fsync: 'batch' },
      /rotate: this option is for a file, .* fsync: this option is for a file,/,
    ],
    [{ pth: 'a', format: 'json' }, /(?=.*pth: )(?=.*format: )(?=.*give either)/],
  ])('fileSink() refuses the options %j with a reason', (given, message) => {
    expect(() => fileSink(given as never)).toThrow(message)
    expect(() => fileSink(given as never)).toThrow(expect.objectContaining({ code: 'AUDIT_INVALID_OPTIONS' }))
  })

  test('the default name of the sink is its path', () => {
    expect(fileSink({ path: '/var/log/a.log' }).name).toBe('file:/var/log/a.log')
    expect(fileSink({ stdout: true }).name).toBe('file:stdout')
    expect(fileSink({ path: 'a', name: 'trail' }).name).toBe('trail')
  })
})
