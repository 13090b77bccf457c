import type { DeadLetterOffice } from './dead-letter-office.ts'
import { AuditError } from './errors.ts'
import type { Journal } from './journal/journal.ts'

/** What another process may ask of a running audit. */
export type AuditCommand =
  | { readonly command: 'forget-sink'; readonly sink: string }
  | { readonly command: 'replay-dead-letters'; readonly sink: string; readonly ids?: readonly string[] }
  | { readonly command: 'purge-dead-letters'; readonly sink: string; readonly ids?: readonly string[]; readonly by: string }

/** Carries out commands. Rejects with `AUDIT_INVALID_OPTIONS` what is none, and as the command itself does. */
export function createCommandExecutor(journal: Journal, deadLetters: DeadLetterOffice): (command: unknown) => Promise<unknown> {
  return async (given) => {
    const command = checked(given)
    switch (command.command) {
      case 'forget-sink':
        return { forgotten: (await journal.forget?.(command.sink)) ?? false }
      case 'replay-dead-letters':
        return deadLetters.replay(command)
      case 'purge-dead-letters':
        return { purged: await deadLetters.purge(command) }
    }
  }
}

const names: readonly AuditCommand['command'][] = ['forget-sink', 'replay-dead-letters', 'purge-dead-letters']

function checked(given: unknown): AuditCommand {
  const { command, sink, ids, by } = (given ?? {}) as Partial<Record<'command' | 'sink' | 'ids' | 'by', unknown>>
  const problems = [
    ...(names.some((name) => name === command) ? [] : [`command: give one of ${names.join(', ')}`]),
    ...(typeof sink === 'string' && sink !== '' ? [] : ['sink: give its name']),
    ...(ids === undefined || (Array.isArray(ids) && ids.every((id) => typeof id === 'string'))
      ? []
      : ['ids: give a list of ids']),
    ...(command !== 'purge-dead-letters' || (typeof by === 'string' && by !== '') ? [] : ['by: say who purges']),
  ]
  if (problems.length > 0) throw new AuditError('AUDIT_INVALID_OPTIONS', `The command is wrong: ${problems.join('; ')}.`)
  return given as AuditCommand
}
