import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileJournalOn } from '../src/file-journal/file-journal.ts'
import type { FileSystem } from '../src/log-format/file-system.ts'
import { nodeFileSystem } from '../src/log-format/node-file-system.ts'
import type { Journal } from '../src/journal/journal.ts'
import type { Seal } from '../src/journal/seal.ts'
import { createReporter } from '../src/logger.ts'
import { createSeal } from '../src/seal/checkpoint-seal.ts'
import { resolveSeal } from '../src/seal/seal-options.ts'
import { journalOpening } from '../src/testing/journal-opening.ts'
import { manualClock } from '../src/testing/manual-clock.ts'
import { keyed } from './log-files.ts'
import { overriddenDisk } from './overridden-disk.ts'

// Makes a source directory with every feature of the current format: a full segment, a generation that voids the end of another,
// a second owner, tags and a checkpoint, a torn tail and half a copy, offsets, and dead letters. The directory of each format
// stays in the repository unchanged, in golden/format-2; later versions may write another one, and read this one. `node
// make-golden.ts <directory>`

const SEGMENT_BYTES = 1_024
/** Signs the checkpoints of the golden directory, and nothing else. */
const KEY = 'PRIVATE+KEY+golden+8a4edfcd+ATYwHSNS30oD1ybBB/byEZI7vC17g2hO7g4Bw4hsB9IR'

/** The seal that the golden directory was made with. */
export function goldenSeal(): Seal {
  const clock = manualClock()
  const signed = resolveSeal({ key: KEY }, [], () => undefined)!
  const logger = { warn: () => undefined, error: () => undefined }
  return createSeal({ ...signed, everyMs: 1_000 }, clock, createReporter(logger, clock))
}

export async function makeGolden(target: string): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'audit-golden-'))
  try {
    await firstProcess(root)
    await secondProcess(root)
    const name = (await readdir(root)).find((entry) => entry.startsWith('golden-'))
    await tear(join(root, name!, 'log'))
    await cp(join(root, name!), target, { recursive: true })
  } finally {
    await rm(root, { recursive: true })
  }
}

/** Fills a segment and begins another; two sinks are at different offsets; the disk refuses an event twice and it is given up. */
async function firstProcess(root: string): Promise<void> {
  let syncsToFail = 0
  const disk = overriddenDisk(nodeFileSystem, {
    async open(path, mode) {
      const file = await nodeFileSystem.open(path, mode)
      const sync = file.sync.bind(file)
      file.sync = () => (syncsToFail-- > 0 ? Promise.reject(Object.assign(new Error('EIO'), { code: 'EIO' })) : sync())
      return file
    },
  })
  const journal = await opened(disk, root)
  const webhook = await journal.cursor('webhook', { wants: () => true, from: 'oldest' })
  await journal.cursor('slow/../sink', { wants: () => true, from: 'oldest' })
  for (let index = 0; index < 5; index++) await journal.append([keyed(`event ${index}`)])
  const batch = await webhook.next({ maxEvents: 4, maxBytes: 1 << 20, maxAgeMs: 0 }, new AbortController().signal)
  await journal.deadLetters?.add([
    { sink: 'webhook', id: batch.events[1]!.id, line: batch.lines[1]!, reason: 'HTTP 422', at: '2026-01-01T00:00:00.000Z' },
  ])
  await webhook.acknowledge(batch.end)
  syncsToFail = 2
  await journal.append([keyed('void')]).catch(() => undefined)
  await journal.append([keyed('event 5'), keyed('event 6 ü')])
  await journal.close()
}

/** Takes the log over and continues it. */
async function secondProcess(root: string): Promise<void> {
  const journal = await opened(nodeFileSystem, root)
  await journal.append([keyed('event 7'), keyed('event 8')])
  await journal.close()
}

/** Leaves what a crash might leave: half a line at the end, and half a copy. */
async function tear(log: string): Promise<void> {
  const last = (await readdir(log)).toSorted().at(-1)!
  const content = await readFile(join(log, last), 'utf8')
  await writeFile(join(log, last), `${content}${content.slice(0, 100)}`)
  await writeFile(join(log, `${last}.tmp`), content.slice(0, 50))
}

async function opened(disk: FileSystem, root: string): Promise<Journal> {
  const journal = fileJournalOn(disk, { directory: root, segmentBytes: SEGMENT_BYTES })
  await journal.open(journalOpening(manualClock(), { service: 'golden', seal: goldenSeal() }))
  return journal
}

const [target] = process.argv.slice(2)
if (target) await makeGolden(target)
