import { exitCodes, type Command } from '../command.ts'
import { positionalsOf, requiredOption } from '../command-input.ts'
import { writeNewKey } from '../key-file.ts'
import { printable, printableJson } from '../printable.ts'

export const rotateKeyCommand: Command = {
  name: 'rotate-key',
  summary: 'Makes a new key beside the one in use, and says how to change over',
  usage: 'audit rotate-key <name> --out file',
  options: [
    { name: 'out', value: 'file', summary: 'where the new signing key goes; a file that is not there yet' },
    { name: 'json', summary: 'print { name, verifierKey, file, steps } as JSON' },
  ],
  examples: ['audit rotate-key flags-api --out flags-api-2027.key'],
  async run(input, io) {
    const [name = ''] = positionalsOf(input, ['the name of the key, such as flags-api'], { takesJournal: false })
    const file = requiredOption(input, 'out', 'say where the new signing key goes, beside the old one')
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
    "Wait until 'audit status' says of each log that its last checkpoint is signed by both: that one ties the keys together.",
    'Give the new verifier key, the line on standard output, to whoever checks the trail. They keep the old one for what it signed.',
    `Take the old key out: seal: { keyFile: '${file}' }, restart, and destroy its file.`,
  ]
}
