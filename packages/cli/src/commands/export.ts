import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { finished } from 'node:stream/promises'
import { exportEvents, type CsvColumn, type EventExport } from '@audit/store'
import { CommandError, exitCodes, UsageError, type Command, type CommandIo } from '../command.ts'
import { optionOf, positionalsOf, requiredOption } from '../command-input.ts'
import { filterOptions, openStore, storeFilterOf, storeOption } from '../store-input.ts'
import { count } from '../terminal.ts'

export const exportCommand: Command = {
  name: 'export',
  summary: 'Exports events of a store as CSV or NDJSON, the oldest first',
  usage: 'audit export --format csv|ndjson [--store file] [--out file] [--actor who] [--target type/id] [--since time]',
  note: 'With --out, the file gets a manifest beside it: the filter, the number of events and the SHA-256 of the file. Existing files are never overwritten.',
  options: [
    storeOption,
    { name: 'format', value: 'format', summary: 'csv, or ndjson for the exact lines, which audit verify reads' },
    { name: 'out', value: 'file', summary: 'write to this new file; default: the standard output' },
    { name: 'columns', value: 'names', summary: 'the columns of CSV, separated by commas; default: all' },
    ...filterOptions,
  ],
  examples: ['audit export --format csv --tenant acme --since 90d --out acme.csv', 'audit export --format ndjson > trail.ndjson'],
  async run(input, io) {
    positionalsOf(input, [], { takesJournal: false })
    const format = requiredOption(input, 'format', 'give csv or ndjson')
    if (format !== 'csv' && format !== 'ndjson') throw new UsageError('--format: give csv or ndjson.')
    const columns = optionOf(input, 'columns')?.split(',') as CsvColumn[] | undefined
    if (columns && format === 'ndjson') throw new UsageError('--columns: NDJSON has whole events; remove it.')
    const out = optionOf(input, 'out')
    const store = openStore(input, io)
    try {
      const reader = store.reader({ tenants: 'all' })
      const events = exportEvents(reader, storeFilterOf(input), { format, signal: io.signal, ...(columns && { columns }) })
      if (out === undefined) await print(events, io)
      else await write(events, out, io)
      return exitCodes.fine
    } catch (error) {
      if (io.signal.aborted) throw new CommandError('The export was interrupted, so it is not complete.', { cause: error })
      throw error
    } finally {
      await store.close()
    }
  },
}

async function print(events: EventExport, io: CommandIo): Promise<void> {
  for await (const part of events) {
    if (io.outClosed?.aborted) return
    // `out` adds the last line end.
    io.out(part.replace(/\r?\n$/, part.endsWith('\r\n') ? '\r' : ''))
  }
}

async function write(events: EventExport, path: string, io: CommandIo): Promise<void> {
  const file = createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true })
  await once(file, 'open')
  let bytes = 0
  for await (const part of events) {
    if (!file.write(part)) await once(file, 'drain')
    bytes += part.length
    io.progress.update(bytes, undefined, 'characters exported')
  }
  io.progress.end()
  file.end()
  await finished(file)
  const manifest = events.manifest()
  await writeFile(`${path}.manifest.json`, `${JSON.stringify(manifest, null, 2)}\n`, { flag: 'wx', mode: 0o600 })
  io.error(`${count(manifest.count, 'event')} exported to '${path}'.`)
}
