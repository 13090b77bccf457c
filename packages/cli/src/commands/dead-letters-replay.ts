import type { Command } from '../command.ts'
import { requiredOption } from '../command-input.ts'
import { requestOfLetters, requestOptions } from '../dead-letter-request.ts'

export const deadLettersReplayCommand: Command = {
  name: 'dead-letters replay',
  summary: 'Asks the running service to send dead letters to their sink again',
  usage: 'audit dead-letters replay [journal] --sink name [--id id] [--force --by who --key-file file]',
  options: [
    { name: 'force', summary: 'also send letters that cannot be compared with a checkpoint; the trail records it' },
    { name: 'by', value: 'who', summary: 'with --force: the person who has read the letters' },
    { name: 'key-file', value: 'file', summary: 'with --force: the signing key of the service; needed if the journal is signed' },
    ...requestOptions,
  ],
  examples: ['audit dead-letters replay --sink webhook'],
  async run(input, io) {
    if (input.flags.has('force')) requiredOption(input, 'by', 'name the person who has read the letters; the trail records it')
    return requestOfLetters('replay-dead-letters', input, io)
  },
}
