import { exitCodes, UsageError, type Command } from '../command.ts'
import { optionOf, positionalsOf } from '../command-input.ts'
import { newKeyPair, writeNewKey } from '../key-file.ts'
import { printable, printableJson } from '../printable.ts'

export const keygenCommand: Command = {
  name: 'keygen',
  summary: 'Makes a key pair for checkpoints: writes the signing key to a file, and prints the verifier key',
  usage: 'audit keygen <name> [--out file | --print]',
  options: [
    { name: 'out', value: 'file', summary: 'the file for the signing key; default: <name>.key' },
    { name: 'print', summary: 'print the signing key too, on a line before the verifier key, and write no file' },
    { name: 'json', summary: 'print { name, verifierKey, file } as JSON' },
  ],
  examples: ['audit keygen flags-api > flags-api.pub', 'audit keygen example.com/audit/flags --out /run/secrets/seal.key'],
  async run(input, io) {
    const [name = ''] = positionalsOf(input, ['a name for the key, such as flags-api'], { takesJournal: false })
    const out = optionOf(input, 'out')
    const isJson = input.flags.has('json')
    if (input.flags.has('print')) {
      if (out !== undefined) throw new UsageError('Give either --out or --print, not both.')
      const { signingKey, verifierKey } = newKeyPair(name)
      if (isJson) io.out(printableJson({ name, verifierKey, signingKey }, 2))
      else for (const key of [signingKey, verifierKey]) io.out(key)
      return exitCodes.fine
    }
    const file = out ?? `${name.replaceAll(/[^A-Za-z0-9._-]/g, '-')}.key`
    const verifierKey = await writeNewKey(name, file)
    if (isJson) io.out(printableJson({ name, verifierKey, file }, 2))
    else io.out(verifierKey)
    io.error(
      `The signing key is in '${printable(file)}'. Keep it secret, and configure it: seal: { keyFile: '${printable(file)}' }.`,
    )
    io.error(
      'The line on standard output is the verifier key. Give it to everyone who checks the trail, and keep it apart from the journal.',
    )
    return exitCodes.fine
  },
}
