import { writeFile } from 'node:fs/promises'
import { CommandError, exitCodes, UsageError, type Command } from '../command.ts'
import { positionalsOf } from '../command-input.ts'
import { printable, printableJson } from '../printable.ts'
import { journalDirectory } from '../journal-directory.ts'
import { findEvents, type FoundEvent } from '../prove/find-event.ts'
import { NoProof, proveEvent } from '../prove/prove-event.ts'
import { logDirectoriesOf } from '../verify/log-directories.ts'
import { valueOf } from './verify.ts'

const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

export const proveCommand: Command = {
  name: 'prove',
  summary: 'Writes a proof of one event, which can be checked without the rest of the trail',
  usage: 'audit prove <id | sequence> [journal] [--source source] [--out name]',
  options: [
    { name: 'journal', value: 'directory', summary: 'the same as the argument [journal]' },
    { name: 'source', value: 'source', summary: 'the log, if several have an event with that sequence' },
    { name: 'out', value: 'name', summary: 'the name of the two files, without extension; default: the id of the event' },
    { name: 'json', summary: 'print the names of the files and the sequence of the event as JSON' },
  ],
  examples: ['audit prove 0199c0de-4045-701a-a01a-5a4b7edd25be', 'audit prove 41 .audit/flags-api-7nucxtic --out event-41'],
  async run(input, io) {
    const [wanted = '', given] = positionalsOf(input, ['the id of one event, or its sequence'], { takesJournal: true })
    const named = valueOf(input, 'journal')
    if (given !== undefined && named !== undefined) throw new UsageError('Give the journal once.')
    const directory = journalDirectory(given ?? named, io.env)
    const { directories } = await logDirectoriesOf(directory).catch((error: NodeJS.ErrnoException) => {
      throw new CommandError(`The journal '${directory}' cannot be read (${error.code ?? error.message}).`)
    })
    const found = await findEvents(directories, /^\d{1,15}$/.test(wanted) ? Number(wanted) : wanted)
    const event = onlyOne(found.filter(({ source }) => source === (valueOf(input, 'source') ?? source)))
    if (!event) {
      io.error(`There is no event ${printable(wanted)} in '${printable(directory)}'.`)
      return exitCodes.no
    }
    const { proof, size, origin } = await proveEvent(event).catch((error: unknown) => {
      throw error instanceof NoProof ? new CommandError(error.message) : error
    })
    // The id is text of the line, and could be the path of another directory.
    const name = valueOf(input, 'out') ?? (ID.test(event.id) ? event.id : `event-${event.sequence}`)
    const written = { proof: `${name}.tlog-proof`, event: `${name}.json` }
    await writeNew(written.proof, proof)
    await writeNew(written.event, `${event.entry.toString('utf8')}\n`)
    if (input.flags.has('json'))
      io.out(printableJson({ ...written, source: origin, sequence: event.sequence, size, id: event.id }))
    else {
      io.out(`${printable(written.event)}: event ${event.sequence} of ${printable(origin)}, byte for byte as it was sealed`)
      io.out(`${printable(written.proof)}: the proof that it is among the ${size} events of a signed checkpoint`)
      io.out(`Check it with the verifier key: audit check-proof ${printable(written.proof)} ${printable(written.event)} --key …`)
    }
    return exitCodes.fine
  },
}

function onlyOne(found: readonly FoundEvent[]): FoundEvent | undefined {
  if (found.length < 2) return found[0]
  throw new UsageError(
    `Several logs have such an event. Give --source with one of: ${found.map(({ source }) => source).join(', ')}`,
  )
}

async function writeNew(path: string, text: string): Promise<void> {
  await writeFile(path, text, { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    const why = error.code === 'EEXIST' ? 'the file already exists; give another name with --out' : error.code
    throw new CommandError(`'${path}' cannot be written: ${why}.`)
  })
}
