import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Measurement } from '../benchmark.ts'
import { openFileJournal } from '../open-file-journal.ts'
import { rate } from '../rate.ts'
import { BATCH_EVENTS, encodedEvents, finishedLines, lines } from '../sample.ts'

// Each appends the same events, batch after batch, and counts one as done when the disk has it.

const BATCHES = 300
const times = (scale: number) => ({ warmUp: Math.ceil(30 * scale), times: Math.ceil(BATCHES * scale), units: BATCH_EVENTS })

export const appendToFileJournal: Measurement = async ({ directory, scale }) => {
  const journal = await openFileJournal(directory)
  const eventsPerSecond = await rate({ ...times(scale), work: () => journal.append(encodedEvents) })
  await journal.close()
  return { eventsPerSecond }
}

/** The lines are text already, as the journal's events are. */
export const writeText: Measurement = ({ directory, scale }) => appendRaw(directory, scale, () => `${lines.join('\n')}\n`)

/** The lines are objects still, as what `record()` is given. */
export const writeObjects: Measurement = ({ directory, scale }) =>
  appendRaw(directory, scale, () => `${finishedLines.map((line) => JSON.stringify(line)).join('\n')}\n`)

async function appendRaw(directory: string, scale: number, text: () => string) {
  await using file = await open(join(directory, 'raw.ndjson'), 'a')
  const work = async () => {
    const bytes = Buffer.from(text())
    const { bytesWritten } = await file.write(bytes)
    if (bytesWritten !== bytes.length) throw new Error('The disk took a part of the batch.')
    await file.datasync()
  }
  return { eventsPerSecond: await rate({ ...times(scale), work }) }
}

export const insertIntoSqlite: Measurement = async ({ directory, scale }) => {
  const database = new DatabaseSync(join(directory, 'log.sqlite'))
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
    CREATE TABLE log (sequence INTEGER PRIMARY KEY, line TEXT NOT NULL) STRICT`)
  const insert = database.prepare('INSERT INTO log (line) VALUES (?)')
  const work = () => {
    database.exec('BEGIN')
    for (const line of lines) insert.run(line)
    database.exec('COMMIT')
  }
  const eventsPerSecond = await rate({ ...times(scale), work })
  database.close()
  return { eventsPerSecond }
}

export const putIntoLmdb: Measurement = async ({ directory, scale }) => {
  // Its binary is a separate package, which some platforms do not have.
  const lmdb = await import('lmdb').catch((error: Error) => error)
  if (lmdb instanceof Error) return { leftOut: `lmdb cannot be loaded here: ${lmdb.message.split('\n')[0]}` }
  const database = lmdb.open<string, number>({ path: join(directory, 'log.lmdb'), encoding: 'string', mapSize: 2 ** 32 })
  let sequence = 0
  // Its fastest way to commit a batch durably.
  const work = () =>
    database.transactionSync(() => {
      for (const line of lines) database.putSync(sequence++, line)
    })
  const eventsPerSecond = await rate({ ...times(scale), work })
  await database.close()
  return { eventsPerSecond }
}
