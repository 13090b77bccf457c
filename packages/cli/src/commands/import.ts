import type { Stats } from 'node:fs'
import { stat } from 'node:fs/promises'
import { readTrailLines, trailLineOf } from '@audit/core/trail'
import { createBatch } from '@audit/core/sink'
import { sqliteStore } from '@audit/store-sqlite'
import { CommandError, exitCodes, UsageError, type Command } from '../command.ts'
import { requiredOption } from '../command-input.ts'
import { journalDirectory } from '../journal-directory.ts'
import { printable } from '../printable.ts'
import { count } from '../terminal.ts'
import { linesOfFile } from '../verify/line-chunks.ts'

const BATCH = 1_000

export const importCommand: Command = {
  name: 'import',
  summary: 'Copies a journal, or files of a file sink, into a store',
  usage: 'audit import [journal | file…] --into file',
  note: 'Events that the store has already are skipped, so an import can be repeated. It changes nothing in the journal. audit verify checks what is imported, this command does not.',
  options: [{ name: 'into', value: 'file', summary: 'the SQLite file of the store; it is created if it is missing' }],
  examples: [
    'audit import --into audit.db',
    'audit import .audit --into audit.db',
    'audit import trail.ndjson audit.log.* --into audit.db',
  ],
  async run(input, io) {
    const path = requiredOption(input, 'into', 'give the file of the store')
    const given = input.positionals.length > 0 ? input.positionals : [journalDirectory(undefined, io.env)]
    const lines = await linesOf(given, io.signal)
    const store = sqliteStore({ path })
    let [read, skipped] = [0, 0]
    try {
      let batch: string[] = []
      const flush = async () => {
        if (batch.length === 0) return
        const records = batch.map((line, index) => ({ line, byteLength: Buffer.byteLength(line) + 1, end: index + 1 }))
        // Not aborted by Ctrl-C: a batch is stored as a whole, and the next one is not begun.
        await store.write(createBatch(records), { signal: new AbortController().signal })
        read += batch.length
        io.progress.update(read, undefined, 'events read')
        batch = []
      }
      for await (const line of lines) {
        if (line === undefined) skipped++
        else batch.push(line)
        if (batch.length === BATCH) await flush()
      }
      await flush()
      io.progress.end()
      if (io.signal.aborted) throw new CommandError(`Interrupted after ${count(read, 'event')}. Run it again to continue.`)
    } finally {
      await store.close()
    }
    if (skipped > 0) io.error(`audit import: ${count(skipped, 'line')} of the files are not events, and are skipped.`)
    io.out(`${count(read, 'event')} read into '${printable(path)}'.`)
    return read > 0 ? exitCodes.fine : exitCodes.no
  },
}

/** Yields lines; undefined for a line of a file that is not an event. */
async function linesOf(given: readonly string[], signal: AbortSignal): Promise<AsyncIterable<string | undefined>> {
  const kinds = await Promise.all(given.map(async (path) => [path, (await statOf(path)).isDirectory()] as const))
  const directories = kinds.filter(([, isDirectory]) => isDirectory)
  if (directories.length > 0 && given.length > 1) throw new UsageError('Give one journal, or files.')
  return directories.length > 0 ? linesOfJournal(given[0]!, signal) : linesOfFiles(given, signal)
}

async function statOf(path: string): Promise<Stats> {
  try {
    return await stat(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    throw new CommandError(`There is no '${printable(path)}'. Give a journal, or files of a file sink.`)
  }
}

async function* linesOfJournal(directory: string, signal: AbortSignal): AsyncGenerator<string> {
  for await (const { line } of readTrailLines(directory, signal)) yield line
}

async function* linesOfFiles(paths: readonly string[], signal: AbortSignal): AsyncGenerator<string | undefined> {
  for (const path of paths)
    for await (const { lines } of linesOfFile(path))
      for (const bytes of lines) {
        if (signal.aborted) return
        if (bytes.length > 0) yield trailLineOf(bytes)
      }
}
