import {
  askOwner,
  isSourceInUse,
  readSourceState,
  releaseText,
  type OwnerAnswer,
  type SourceState,
  type TrailSource,
} from '@audit/core/trail'
import { timeoutMsOf, timeoutOption } from '../ask-owners.ts'
import { CommandError, exitCodes, type Command } from '../command.ts'
import { positionalsOf, requiredOption } from '../command-input.ts'
import { journalDirectory } from '../journal-directory.ts'
import { printable, printableJson } from '../printable.ts'
import { sourcesOf } from '../sources.ts'
import { count } from '../terminal.ts'
import { signedBy } from '../signed-request.ts'

export const journalReleaseCommand: Command = {
  name: 'journal release',
  summary: 'Asks a running service to deliver lines that it held because nothing shows that it wrote them',
  usage: 'audit journal release <log> [journal] --by who --key-file file',
  options: [
    { name: 'by', value: 'who', summary: 'the person who has read the lines and takes responsibility; the trail records it' },
    { name: 'key-file', value: 'file', summary: 'the signing key of the service, which signs the release' },
    timeoutOption,
    { name: 'json', summary: 'print { log, lines, released }' },
  ],
  examples: ['audit journal release flags-api-7nucxtic --by ada@example.com --key-file seal.key'],
  async run(input, io) {
    const [log = '', given] = positionalsOf(input, ['the name of a log'], { takesJournal: true })
    const by = requiredOption(input, 'by', 'name the person who takes responsibility for the lines; the trail records it')
    const keyFile = requiredOption(input, 'key-file', 'give the signing key of the service, which must sign the release')
    const logs = await Promise.all(
      (await sourcesOf(journalDirectory(given, io.env))).map(async (source) => ({
        source,
        state: await readSourceState(source),
      })),
    )
    const asked = logs.find(({ source }) => source.name === log)
    const { held } = asked?.state ?? {}
    if (!asked || !held) {
      io.error(`audit journal release: the log '${printable(log)}' has no held lines. 'audit status' shows held lines.`)
      return exitCodes.no
    }
    const owners = await ownersFor(asked.source, logs)
    const requests = await Promise.all(
      owners.map(async ({ source, term }) => ({
        source,
        request: await signedBy(
          keyFile,
          releaseText({ owner: `${source.name}.${term}`, log: held.log, by, sha256: held.sha256 }),
        ),
      })),
    )
    const timeoutMs = timeoutMsOf(input)
    const answer = await firstAnswer(requests, timeoutMs, io.signal)
    if (!answer) {
      throw new CommandError(`The process that writes '${owners[0]!.source.name}' did not answer within ${timeoutMs / 1_000} s.`)
    }
    if (!answer.ok) throw new CommandError(`${printable(answer.message)} (${printable(answer.code)})`)
    const released = Number(answer.result['released'])
    if (input.flags.has('json')) io.out(printableJson({ log, lines: held.lines, released }, 2))
    else io.out(`${printable(log)}: ${count(released, 'event')} released by ${printable(by)}`)
    return exitCodes.fine
  },
}

interface OwnedLog {
  readonly source: TrailSource
  readonly term: number
}

/**
 * Finds the process that writes the log, else another one of the service, which delivers the log instead. A process has the last
 * term of its own log, and of logs that it delivered for others: every log of the process is returned.
 */
async function ownersFor(
  asked: TrailSource,
  logs: readonly { readonly source: TrailSource; readonly state: SourceState }[],
): Promise<readonly OwnedLog[]> {
  const running = []
  for (const { source, state } of logs) {
    const { owner, isClosed } = state
    if (source.service !== asked.service || owner?.state !== 'running' || isClosed) continue
    // An owner that was made up would be asked instead of the process, and never answer.
    if (await isSourceInUse(source)) running.push({ source, owner, term: owner.term })
  }
  const found = running.find(({ source }) => source.name === asked.name) ?? running[0]
  if (!found) throw new CommandError('No process of this service is running. Start the service first.')
  const { pid, instance } = found.owner
  return running.filter(({ owner }) => owner.pid === pid && owner.instance === instance)
}

/** Sends each request to its log. A process answers for the log that it writes; the other requests are withdrawn then. */
async function firstAnswer(
  requests: readonly { readonly source: TrailSource; readonly request: string }[],
  timeoutMs: number,
  signal: AbortSignal,
): Promise<OwnerAnswer | undefined> {
  const answered = new AbortController()
  const options = { timeoutMs, signal: AbortSignal.any([signal, answered.signal]) }
  const answers = await Promise.all(
    requests.map(async ({ source, request }) => {
      const answer = await askOwner(source, { command: 'release-held', request }, options)
      if (answer) answered.abort()
      return answer
    }),
  )
  return answers.find((answer) => answer !== undefined)
}
