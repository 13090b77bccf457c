import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { about, closeNow, openAudit, sourceDirectory, stuckSink } from '../../test/file-audit.ts'
import { overriddenDisk } from '../../test/overridden-disk.ts'
import { temporaryDirectory } from '../../test/temporary-directory.ts'
import { memorySink } from '../sink/memory-sink.ts'
import { checkedLine } from '../log-format/checked-line.ts'
import { fileJournal, fileJournalOn } from './file-journal.ts'
import { nodeFileSystem } from '../log-format/node-file-system.ts'
import { Fencing } from './log/fencing.ts'
import { ensureDirectory } from '../log-format/small-file.ts'

// Issue 16, item 11: whatever a journal contains, the service starts, reports entries that it does not use, and delivers the
// rest.

const WAIT = { timeout: 120_000, interval: 10 }
const only = (sink: ReturnType<typeof memorySink>) => ({ sink, events: ['flag:*'] })

/** A journal with one log, in which one event waits for the sink 'out'. */
async function journalWithLog(): Promise<{ readonly root: string; readonly log: string }> {
  const root = temporaryDirectory()
  const { audit } = openAudit({
    journal: fileJournal({ directory: root }),
    sinks: [{ sink: stuckSink('out'), events: ['flag:*'] }],
  })
  await audit.record('flag:created', { key: 'before' })
  const log = await sourceDirectory(audit, root)
  await closeNow(audit, log)
  return { root, log }
}

function replaced(path: string, make: (path: string) => void): void {
  rmSync(path, { recursive: true, force: true })
  make(path)
}
/** The description of a log, as if it had format 1. */
const olderDescription = (log: string) => readFileSync(join(log, 'source.json'), 'utf8').replace('"format":2', '"format":1')
const directoryAt = (path: string) => replaced(path, (each) => mkdirSync(each, { mode: 0o700 }))
const fileAt = (path: string) => replaced(path, (each) => writeFileSync(each, 'x', { mode: 0o600 }))
const fifoAt = (path: string) => replaced(path, (each) => void execFileSync('mkfifo', ['-m', '600', each]))
const linkAt = (path: string) => replaced(path, (each) => symlinkSync('/etc/hostname', each))

describe('a log with one bad entry is set aside and reported, and the journal opens', () => {
  test.each<[string, (log: string) => void]>([
    ['lock.db holds garbage', (log) => writeFileSync(join(log, 'lock.db'), Buffer.alloc(5_000, 7))],
    ['lock.db is a directory', (log) => directoryAt(join(log, 'lock.db'))],
    ['lock.db is a link', (log) => linkAt(join(log, 'lock.db'))],
    ['source.json is a FIFO', (log) => fifoAt(join(log, 'source.json'))],
    ['source.json contains null', (log) => writeFileSync(join(log, 'source.json'), 'null')],
    ['source.json contains a number', (log) => writeFileSync(join(log, 'source.json'), '5')],
    ['source.json says format 1', (log) => writeFileSync(join(log, 'source.json'), olderDescription(log))],
    ['source.json is as large as a disk', (log) => truncateSync(join(log, 'source.json'), 2 ** 36)],
    ['an owner is a directory', (log) => directoryAt(join(log, 'owner.5'))],
    ['an owner has the last term', (log) => fileAt(join(log, 'owner.999999999'))],
    ['an owner has the last term but one', (log) => fileAt(join(log, 'owner.999999998'))],
    ['a segment has the last term', (log) => fileAt(join(log, 'log/00000000000000000500.999999999-0.ndjson'))],
    ['a segment is a directory', (log) => directoryAt(join(log, 'log/00000000000000000500.9-0.ndjson'))],
    ['a segment is a FIFO', (log) => fifoAt(join(log, 'log/00000000000000000500.9-0.ndjson'))],
    ['a segment is a link', (log) => linkAt(join(log, 'log/00000000000000000500.9-0.ndjson'))],
    ['log is a link', (log) => linkAt(join(log, 'log'))],
    ['offsets.ndjson is a directory', (log) => directoryAt(join(log, 'offsets.ndjson'))],
    ['offsets.ndjson.tmp is a directory', (log) => directoryAt(join(log, 'offsets.ndjson.tmp'))],
    ['checkpoint is a directory', (log) => directoryAt(join(log, 'checkpoint'))],
    ['tiles is a file', (log) => fileAt(join(log, 'tiles'))],
    ['dead-letters is a file', (log) => fileAt(join(log, 'dead-letters'))],
    ['commands is a FIFO', (log) => fifoAt(join(log, 'commands'))],
    ['a dead letter is a FIFO', (log) => fifoAt(join(log, 'dead-letters/out.ndjson'))],
    ['a segment can be written by all', (log) => chmodSync(join(log, 'log', readdirSync(join(log, 'log'))[0]!), 0o666)],
  ])('a log is set aside and reported if %s', async (_, harm) => {
    const { root, log } = await journalWithLog()
    harm(log)
    const out = memorySink({ name: 'out' })
    const { audit, said } = openAudit({ journal: fileJournal({ directory: root }), sinks: [only(out)], seal: 'unsigned' })
    await audit.ready()
    expect(await audit.record('flag:created', { key: 'after' })).toMatchObject({ held: 'journal' })
    await audit.flush()
    expect(out.events.map(about)).toEqual(['after'])
    expect(await sourceDirectory(audit, root)).not.toBe(log)
    // The message names the entry itself.
    const problem = expect.stringMatching(`^The log in '${log}' is set aside, and its events are not delivered: .*'${log}/`)
    expect(said).toContainEqual(problem)
    expect(audit.health()).toMatchObject({ status: 'degraded', journal: { problems: expect.arrayContaining([problem]) } })
  })

  test.each(['owner.999999999', 'owner.999999998', 'log/00000000000000000500.999999998-0.ndjson'])(
    'a log is left unchanged while the term of %s is out of reach, and recovered after that is removed',
    async (name) => {
      const { root, log } = await journalWithLog()
      writeFileSync(join(log, name), '', { mode: 0o600 })
      const before = readdirSync(log, { recursive: true }).toSorted()
      const out = memorySink({ name: 'out' })
      const { audit } = openAudit({ journal: fileJournal({ directory: root }), sinks: [only(out)] })
      await audit.record('flag:created', { key: 'after' })
      await audit.flush()
      expect(readdirSync(log, { recursive: true }).toSorted()).toEqual(before)
      expect(audit.health().journal.problems).toContainEqual(
        expect.stringContaining('If this service did not write the file, move it out of the journal.'),
      )
      rmSync(join(log, name))
      await vi.waitFor(() => expect(out.events.map(about)).toEqual(['after', 'before']), WAIT)
    },
  )

  test('names with a term of ten digits are not names of the journal', async () => {
    const { root, log } = await journalWithLog()
    for (const name of ['owner.1000000000', 'log/00000000000000000000.1000000000-0.ndjson']) fileAt(join(log, name))
    const out = memorySink({ name: 'out' })
    const { audit } = openAudit({ journal: fileJournal({ directory: root }), sinks: [only(out)] })
    await audit.record('flag:created', { key: 'after' })
    await audit.flush()
    expect(await sourceDirectory(audit, root)).toBe(log)
    expect(out.events.map(about)).toEqual(['before', 'after'])
  })

  test('once its bad entry is corrected, a log is delivered and no longer reported', async () => {
    const { root, log } = await journalWithLog()
    mkdirSync(join(log, 'owner.5'))
    const out = memorySink({ name: 'out' })
    const { audit } = openAudit({ journal: fileJournal({ directory: root }), sinks: [only(out)] })
    await audit.record('flag:created', { key: 'after' })
    rmSync(join(log, 'owner.5'), { recursive: true })
    await vi.waitFor(() => expect(out.events.map(about)).toEqual(['after', 'before']), WAIT)
    await vi.waitFor(() => expect(audit.health().journal.problems).toEqual([]), WAIT)
  })

  test('an entry with the name of a log that is not a log is set aside too', async () => {
    const { root, log } = await journalWithLog()
    fileAt(join(root, 'svc-aaaaaaaa'))
    symlinkSync('/nope', join(root, 'svc-aaaaaaab'))
    symlinkSync('/etc', join(root, 'svc-aaaaaaac'))
    mkdirSync(join(root, 'svc-aaaaaaad'), { mode: 0o700 })
    const out = memorySink({ name: 'out' })
    const { audit } = openAudit({ journal: fileJournal({ directory: root }), sinks: [only(out)] })
    await audit.flush()
    expect(await sourceDirectory(audit, root)).toBe(log)
    expect(out.events.map(about)).toEqual(['before'])
    // Entries behind its own log, in the order of names, are checked when it searches for orphaned logs.
    await vi.waitFor(() => expect(audit.health().journal.problems).toHaveLength(3), WAIT)
  })

  test('a lock that is a link does not change its target', async () => {
    const { root, log } = await journalWithLog()
    const victim = join(temporaryDirectory(), 'victim')
    writeFileSync(victim, '', { mode: 0o644 })
    replaced(join(log, 'lock.db'), (path) => symlinkSync(victim, path))
    const { audit } = openAudit({ journal: fileJournal({ directory: root }), sinks: [] })
    await audit.ready()
    expect(statSync(victim)).toMatchObject({ size: 0, mode: 0o100644 })
  })

  test('a full disk rejects ready(), and sets no log aside', async () => {
    const { root } = await journalWithLog()
    const full = overriddenDisk(nodeFileSystem, {
      open: (path, mode) =>
        mode === 'create'
          ? Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' }))
          : nodeFileSystem.open(path, mode),
    })
    const { audit } = openAudit({ journal: fileJournalOn(full, { directory: root }), sinks: [] })
    await expect(audit.ready()).rejects.toThrow('the disk is full')
    expect(audit.health().journal.problems?.join()).not.toContain('set aside')
  })
})

test.each<[string, unknown, readonly string[]]>([
  ['null', { offsets: null }, ['before', 'after']],
  ['a negative offset', { offsets: { out: -5 } }, ['before', 'after']],
  ['half an offset', { offsets: { out: 0.5 } }, ['before', 'after']],
  ['an offset in words', { offsets: { out: '1' } }, ['before', 'after']],
  ['a mark of nonsense', { offsets: { out: 0 }, durable: { segment: '../../etc/passwd', bytes: -1 } }, ['before', 'after']],
])('a line of offsets with %s is ignored, and the sink begins at the oldest event', async (_, offsets, delivered) => {
  const { root, log } = await journalWithLog()
  writeFileSync(join(log, 'offsets.ndjson'), checkedLine(JSON.stringify(offsets).slice(0, -1)))
  const out = memorySink({ name: 'out' })
  const { audit } = openAudit({ journal: fileJournal({ directory: root }), sinks: [only(out)] })
  await audit.record('flag:created', { key: 'after' })
  await audit.flush()
  expect(await sourceDirectory(audit, root)).toBe(log)
  expect(out.events.map(about)).toEqual(delivered)
})

test('a line null among the offsets is left out, and the offsets before it hold', async () => {
  const { root, log } = await journalWithLog()
  const path = join(log, 'offsets.ndjson')
  writeFileSync(path, `${readFileSync(path, 'utf8')}null\n5\n[]\n`)
  const out = memorySink({ name: 'out' })
  const { audit } = openAudit({ journal: fileJournal({ directory: root }), sinks: [only(out)] })
  await audit.record('flag:created', { key: 'after' })
  await audit.flush()
  expect(await sourceDirectory(audit, root)).toBe(log)
  expect(out.events.map(about)).toEqual(['before', 'after'])
})

test('a command that is a directory, a FIFO or writable by all is reported, and the next one is carried out', async () => {
  const { root, log } = await journalWithLog()
  const { audit, said } = openAudit({ journal: fileJournal({ directory: root }), sinks: [] })
  await audit.ready()
  mkdirSync(join(log, 'commands/1.json'))
  fifoAt(join(log, 'commands/2.json'))
  writeFileSync(join(log, 'commands/3.json'), '{"command":"forget-sink","sink":"out"}')
  chmodSync(join(log, 'commands/3.json'), 0o666)
  writeFileSync(join(log, 'commands/4.json'), '{"command":"forget-sink","sink":"out"}')
  await vi.waitFor(() => expect(existsSync(join(log, 'commands/4.done'))).toBe(true), WAIT)
  for (const name of ['1', '2', '3']) {
    expect(existsSync(join(log, `commands/${name}.done`))).toBe(false)
    expect(said).toContainEqual(
      expect.stringContaining(`commands/${name}.json' was not carried out: only its owner may have permission`),
    )
  }
})

test('case 51: a directory below a link to a missing target is refused at once', async () => {
  const root = temporaryDirectory()
  symlinkSync(join(root, 'not-mounted'), join(root, 'volume'))
  await expect(ensureDirectory(nodeFileSystem, join(root, 'volume/a/b'))).rejects.toMatchObject({ code: 'ENOENT' })
  const { audit } = openAudit({ journal: fileJournal({ directory: join(root, 'volume/audit') }), sinks: [] })
  await expect(audit.ready()).rejects.toThrow('a link to a missing target, such as a volume that is not mounted')
})

test('the path of a journal may contain a link', async () => {
  const root = temporaryDirectory()
  mkdirSync(join(root, 'disk'))
  symlinkSync(join(root, 'disk'), join(root, 'volume'))
  const { audit } = openAudit({ journal: fileJournal({ directory: join(root, 'volume/audit') }), sinks: [] })
  await audit.ready()
  expect(readdirSync(join(root, 'disk/audit'))).toHaveLength(2)
})

test('a claim that fails without file descriptors leaves no file open', async () => {
  const directory = temporaryDirectory()
  let open = 0
  const disk = overriddenDisk(nodeFileSystem, {
    async open(path, mode) {
      const file = await nodeFileSystem.open(path, mode)
      open++
      const close = file.close.bind(file)
      file.close = () => {
        open--
        return close()
      }
      return file
    },
    list: (path) =>
      open > 0 ? Promise.reject(Object.assign(new Error('too many'), { code: 'EMFILE' })) : nodeFileSystem.list(path),
  })
  await expect(Fencing.claim(disk, directory, [])).rejects.toMatchObject({ code: 'EMFILE' })
  expect(open).toBe(0)
})
