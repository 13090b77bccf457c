import {
  askOwner,
  readSourceState,
  type OwnerAnswer,
  type OwnerRequest,
  type SourceState,
  type TrailSource,
} from '@audit/core/trail'
import { type CommandInput, type CommandIo, type CommandOption } from './command.ts'
import { numberOf } from './command-input.ts'
import { printable } from './printable.ts'

const TIMEOUT_SECONDS = 15

/** The option of each command that sends a request to a service. */
export const timeoutOption: CommandOption = {
  name: 'timeout',
  value: 'seconds',
  summary: `how long to wait for each answer; default: ${TIMEOUT_SECONDS}`,
}

/** The answer of the process that writes a log, or the reason why it has none. */
export interface Asked {
  readonly source: string
  readonly answer?: OwnerAnswer
  /** The reason why the request failed, as text. */
  readonly problem?: string
}

export interface AskOwnersOptions {
  readonly input: CommandInput
  readonly io: CommandIo
  /** Selects the logs whose owners are asked. */
  readonly isAsked: (state: SourceState) => boolean
}

/** Sends each owner of a selected log its request, one after the other. */
export async function askOwners(
  sources: readonly TrailSource[],
  requestFor: (source: TrailSource, state: SourceState) => OwnerRequest | Promise<OwnerRequest>,
  { input, io, isAsked }: AskOwnersOptions,
): Promise<readonly Asked[]> {
  const timeoutMs = timeoutMsOf(input)
  const asked: Asked[] = []
  for (const source of sources) {
    const state = await readSourceState(source)
    if (!isAsked(state)) continue
    const name = source.source ?? source.name
    const unowned = problemWithoutOwner(state)
    const options = { timeoutMs, signal: io.signal }
    const answer = unowned === undefined ? await askOwner(source, await requestFor(source, state), options) : undefined
    const problem = unowned ?? problemOf(answer, state, timeoutMs)
    asked.push({ source: name, ...(answer && { answer }), ...(problem !== undefined && { problem }) })
  }
  return asked
}

export function timeoutMsOf(input: CommandInput): number {
  return (numberOf(input, 'timeout', 1) ?? TIMEOUT_SECONDS) * 1_000
}

function problemWithoutOwner({ owner, isClosed }: SourceState): string | undefined {
  if (owner && !isClosed && owner.state !== 'gone') return undefined
  return 'no process writes this log, so the request cannot be carried out. Start the service, and try again'
}

function problemOf(answer: OwnerAnswer | undefined, { owner }: SourceState, timeoutMs: number): string | undefined {
  if (answer?.ok) return undefined
  if (answer) return `${printable(answer.message)} (${printable(answer.code)})`
  const who = owner ? `process ${owner.pid} on '${printable(owner.instance)}'` : 'its process'
  return `${who} did not answer within ${timeoutMs / 1_000} s; the request was cancelled`
}
