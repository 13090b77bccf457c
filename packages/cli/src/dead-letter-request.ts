import { letterHash, readDeadLetters, replayText, type OwnerRequest, type SourceState, type TrailSource } from '@audit/core/trail'
import { askOwners, timeoutOption, type Asked } from './ask-owners.ts'
import { exitCodes, UsageError, type CommandInput, type CommandIo, type CommandOption } from './command.ts'
import { optionOf, positionalsOf, requiredOption } from './command-input.ts'
import { journalDirectory } from './journal-directory.ts'
import { printable, printableJson } from './printable.ts'
import { sourcesOf } from './sources.ts'
import { signedBy } from './signed-request.ts'
import { count } from './terminal.ts'

/** The options that `replay` and `purge` share. */
export const requestOptions: readonly CommandOption[] = [
  { name: 'sink', value: 'name', summary: 'the sink that refused the letters' },
  { name: 'id', value: 'id', multiple: true, summary: 'only the letter of this event; default: all letters of the sink' },
  timeoutOption,
  { name: 'json', summary: 'print a JSON list of { source, answer, problem }' },
]

const WAYS_ON = 'Read them first; --force --by <who> --key-file <key> sends them anyway, except changed letters.'

/** Asks the owner of each log that has such letters. Resolves with the exit code. */
export async function requestOfLetters(
  command: 'replay-dead-letters' | 'purge-dead-letters',
  input: CommandInput,
  io: CommandIo,
): Promise<number> {
  const [given] = positionalsOf(input, [], { takesJournal: true })
  const sink = requiredOption(input, 'sink', 'name the sink that refused the letters')
  if (sink === '') throw new UsageError('The name of the sink is empty.')
  const ids = input.values.get('id')
  if (ids?.includes('')) throw new UsageError('--id: the value is empty.')
  const by = optionOf(input, 'by')
  const keyFile = optionOf(input, 'key-file')
  const selection = { command, sink, ...(ids && { ids }) }
  const lettersOf = async (source: TrailSource) =>
    (await readDeadLetters(source, sink)).filter(({ id }) => ids?.includes(id) ?? true)
  const requestFor = async (source: TrailSource, { owner }: SourceState): Promise<OwnerRequest> => {
    const isForced = input.flags.has('force')
    if (!isForced || by === undefined || keyFile === undefined)
      return { ...selection, ...(by !== undefined && { by }), ...(isForced && { force: true }) }
    const sha256 = (await lettersOf(source)).map(letterHash)
    const text = replayText({ owner: `${source.name}.${owner!.term}`, sink, by, sha256 })
    return { ...selection, request: await signedBy(keyFile, text) }
  }
  const concerned = []
  for (const source of await sourcesOf(journalDirectory(given, io.env)))
    if ((await lettersOf(source)).length > 0) concerned.push(source)
  const asked = await askOwners(concerned, requestFor, { input, io, isAsked: () => true })
  if (input.flags.has('json')) io.out(printableJson(asked, 2))
  else for (const each of asked) if (each.answer?.ok) io.out(`${printable(each.source)}: ${resultText(each)}`)
  for (const { source, problem } of asked)
    if (problem !== undefined) io.error(`audit: ${printable(source)}: ${problem}.`.replace(/\.\.$/, '.'))
  const unproven = asked.reduce((sum, { answer }) => sum + (answer?.ok ? Number(answer.result['unproven'] ?? 0) : 0), 0)
  if (unproven > 0)
    io.error(`audit: ${count(unproven, 'letter')} not sent: nothing shows that the service recorded such an event. ${WAYS_ON}`)
  if (asked.length === 0) io.error(`audit: the sink '${printable(sink)}' has no such dead letters.`)
  if (asked.length === 0) return exitCodes.no
  if (asked.some(({ problem }) => problem !== undefined)) return exitCodes.failed
  return asked.some(isRefused) || unproven > 0 ? exitCodes.no : exitCodes.fine
}

/** True if the sink refused letters again. They stay dead letters. */
function isRefused({ answer }: Asked): boolean {
  return answer?.ok === true && Number(answer.result['refused']) > 0
}

function resultText({ answer }: Asked): string {
  const result = answer?.ok ? answer.result : {}
  return Object.entries(result)
    .map(([name, value]) => `${printable(value)} ${printable(name)}`)
    .join(', ')
}
