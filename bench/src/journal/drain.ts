import { open } from 'node:fs/promises'
import type { Journal } from '@audit/core'
import type { Measurement } from '../benchmark.ts'
import { openFileJournal } from '../open-file-journal.ts'
import { perSecond } from '../rate.ts'
import { BATCH_EVENTS, encodedEvents } from '../sample.ts'
import { readLines } from './read-lines.ts'
import { segmentPaths } from './segment-paths.ts'

// A backlog of several segments, written by an earlier process, is read from the disk: by a sink's cursor, which checks each line
// and acknowledges each batch durably, and by a reader of the bare text.

const BACKLOG_BATCHES = 300

export const drainCursor: Measurement = async ({ directory, scale }) => {
  const events = await writeBacklog(directory, scale)
  const journal = await openFileJournal(directory)
  await drain(journal, 'warm-up', events)
  const start = performance.now()
  await drain(journal, 'measured', events)
  const eventsPerSecond = perSecond(events, start)
  await journal.close()
  return { eventsPerSecond }
}

export const readSegments: Measurement = async ({ directory, scale }) => {
  const events = await writeBacklog(directory, scale)
  const paths = segmentPaths(directory)
  await readAll(paths, events)
  const start = performance.now()
  await readAll(paths, events)
  return { eventsPerSecond: perSecond(events, start) }
}

async function writeBacklog(directory: string, scale: number): Promise<number> {
  const journal = await openFileJournal(directory)
  const batches = Math.ceil(BACKLOG_BATCHES * scale)
  for (let index = 0; index < batches; index++) await journal.append(encodedEvents)
  await journal.close()
  return batches * BATCH_EVENTS
}

async function drain(journal: Journal, name: string, events: number): Promise<void> {
  const cursor = await journal.cursor(name, { wants: () => true, from: 'oldest' })
  const { signal } = new AbortController()
  let count = 0
  while (count < events) {
    const batch = await cursor.next({ maxEvents: BATCH_EVENTS, maxBytes: 2 ** 24, maxAgeMs: 0 }, signal)
    count += batch.lines.length
    await cursor.acknowledge(batch.end)
  }
  if (count !== events || cursor.pending() !== 0) throw new Error(`${count} of ${events} events came, ${cursor.pending()} wait.`)
  await cursor.close()
}

/** The text of every line, a batch at a time, as a sink gets it. */
async function readAll(paths: readonly string[], events: number): Promise<void> {
  let count = 0
  let batch: string[] = []
  for (const path of paths) {
    await using file = await open(path)
    await readLines(file, (bytes, start, end) => {
      if (batch.push(bytes.toString('utf8', start, end)) === BATCH_EVENTS) batch = []
      count++
    })
  }
  if (count !== events) throw new Error(`${count} of ${events} events were read.`)
}
