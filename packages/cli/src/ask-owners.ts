import {
  askOwner,
  readSourceState,
  type OwnerAnswer,
  type OwnerRequest,
  type SourceState,
  type TrailSource,
} from '@audit/core/trail'
import { UsageError, type CommandInput, type CommandIo, type CommandOption } from './command.ts'
import { numberOf } from './command-input.ts'
import { printable } from './printable.ts'

const TIMEOUT_SECONDS = 15

/** What the command of each owner that is asked takes. */
export const timeoutOption: CommandOption = {
  name: 'timeout',
  value: 'seconds',
  summary: `how long to wait for each answer; without it ${TIMEOUT_SECONDS}`,
}

/** How the process that writes a log answered, or why it was not asked. */
export interface Asked {
  readonly source: string
  readonly answer?: OwnerAnswer
  /** There is no result: in words. */
  readonly problem?: string
}

export interface AskOwnersOptions {
  readonly input: CommandInput
  readonly io: CommandIo
  /** Which of the logs are asked. */
  readonly isAsked: (state: SourceState) => boolean
}

/** Asks the owners of all logs that it concerns, one after the other. */
export async function askOwners(
  sources: readonly TrailSource[],
  request: OwnerRequest,
  { input, io, isAsked }: AskOwnersOptions,
): Promise<readonly Asked[]> {
  const timeoutMs = timeoutMsOf(input)
  if ('sink' in request && request.sink === '') throw new UsageError('The name of the sink is empty.')
  const asked: Asked[] = []
  for (const source of sources) {
    const state = await readSourceState(source)
    if (!isAsked(state)) continue
    const name = source.source ?? source.name
    const nobody = nobodyWrites(state)
    const answer = nobody === undefined ? await askOwner(source, request, { timeoutMs, signal: io.signal }) : undefined
    const problem = nobody ?? problemOf(answer, state, timeoutMs)
    asked.push({ source: name, ...(answer && { answer }), ...(problem !== undefined && { problem }) })
  }
  return asked
}

export function timeoutMsOf(input: CommandInput): number {
  return (numberOf(input, 'timeout', 1) ?? TIMEOUT_SECONDS) * 1_000
}

function nobodyWrites({ owner, isClosed }: SourceState): string | undefined {
  if (owner && !isClosed && owner.state !== 'gone') return undefined
  return 'no process writes this log, so nobody can be asked. Start the service: it takes the log up'
}

function problemOf(answer: OwnerAnswer | undefined, { owner }: SourceState, timeoutMs: number): string | undefined {
  if (answer?.ok) return undefined
  if (answer) return `${printable(answer.message)} (${printable(answer.code)})`
  const who = owner ? `process ${owner.pid} on '${printable(owner.instance)}'` : 'its process'
  return `${who} gave no answer within ${timeoutMs / 1_000} s; the request was taken back`
}
