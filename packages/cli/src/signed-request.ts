import { parseSigningKey, signNote } from '@audit/proof'
import { CommandError } from './command.ts'
import { printable } from './printable.ts'
import { readGiven } from './verify/input-file.ts'

/** A key has some 100 characters. */
const MAX_KEY_BYTES = 1 << 16

/** A note with this text, signed with the key in that file. Rejects with a `CommandError` that does not contain the key. */
export async function signedBy(keyFile: string, text: string): Promise<string> {
  const bytes = await readGiven(keyFile, MAX_KEY_BYTES, (reason) => {
    return new CommandError(`'${printable(keyFile)}' cannot be read (${reason}).`)
  })
  try {
    return await signNote(text, [parseSigningKey(bytes.toString('utf8').trim())])
  } catch (error) {
    // The message never contains the key.
    throw new CommandError((error as Error).message)
  }
}
