import type { Command } from '../command.ts'
import { requestOfLetters, requestOptions } from '../dead-letter-request.ts'

export const deadLettersReplayCommand: Command = {
  name: 'dead-letters replay',
  summary: 'Has the running service send dead letters to their sink again',
  usage: 'audit dead-letters replay [journal] --sink name [--id id]',
  options: requestOptions,
  examples: ['audit dead-letters replay --sink webhook'],
  run: (input, io) => requestOfLetters('replay-dead-letters', input, io),
}
