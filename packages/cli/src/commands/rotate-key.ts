import { exitCodes, type Command } from '../command.ts'
import { positionalsOf, requiredOption } from '../command-input.ts'
import { writeNewKey } from '../key-file.ts'
import { printable, printableJson } from '../printable.ts'

export const rotateKeyCommand: Command = {
  name: 'rotate-key',
  summary: 'Makes a new key to replace the current one, and prints the steps',
  usage: 'audit rotate-key <name> --out file',
  options: [
    { name: 'out', value: 'file', summary: 'the file for the new signing key, which must not exist yet' },
    { name: 'json', summary: 'print { name, verifierKey, file, steps } as JSON' },
  ],
  examples: ['audit rotate-key flags-api --out flags-api-2027.key'],
  async run(input, io) {
    const [name = ''] = positionalsOf(input, ['the name of the key, such as flags-api'], { takesJournal: false })
    const file = requiredOption(input, 'out', 'give the file for the new signing key')
    const verifierKey = await writeNewKey(name, file)
    const steps = stepsOf(printable(file))
    if (input.flags.has('json')) io.out(printableJson({ name, verifierKey, file, steps }, 2))
    else {
      io.out(verifierKey)
      for (const [index, step] of steps.entries()) io.error(`${index + 1}. ${step}`)
    }
    return exitCodes.fine
  },
}

function stepsOf(file: string): readonly string[] {
  return [
    `Configure both keys, the new one first, and restart the service: seal: { keyFile: ['${file}', '<the old file>'] }.`,
    "Wait until 'audit status' shows that both keys signed the last checkpoint of each log. That checkpoint links the keys.",
    'Give the new verifier key (on standard output) to everyone who checks the trail. They keep the old key for older checkpoints.',
    `Configure only the new key: seal: { keyFile: '${file}' }. Restart the service, and destroy the old key file.`,
  ]
}
