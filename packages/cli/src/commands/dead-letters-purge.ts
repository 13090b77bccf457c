import type { Command } from '../command.ts'
import { requiredOption } from '../command-input.ts'
import { requestOfLetters, requestOptions } from '../dead-letter-request.ts'

export const deadLettersPurgeCommand: Command = {
  name: 'dead-letters purge',
  summary: 'Asks the running service to remove dead letters permanently; the trail records the requester',
  usage: 'audit dead-letters purge [journal] --sink name --by who [--id id]',
  options: [{ name: 'by', value: 'who', summary: 'the person who removes them' }, ...requestOptions],
  examples: ['audit dead-letters purge --sink webhook --by ada@example.com --id 01a2065a-4045-701a-a01a-5a4b7edd25be'],
  async run(input, io) {
    requiredOption(input, 'by', 'name the person who removes them; the trail records it')
    return requestOfLetters('purge-dead-letters', input, io)
  },
}
