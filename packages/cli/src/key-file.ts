import { open } from 'node:fs/promises'
import { generateKeyPair } from '@audit/proof'
import { CommandError, UsageError } from './command.ts'

/**
 * Draws a key pair, and writes the signing key to a file that was not there, for its owner alone. Resolves with the verifier key,
 * once the file is durable. Rejects with a `UsageError` for a name that is none, and a `CommandError` if the file cannot be made.
 */
export async function writeNewKey(name: string, path: string): Promise<string> {
  const { signingKey, verifierKey } = newKeyPair(name)
  const file = await open(path, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST') throw new CommandError(`'${path}' is there already, and a key is never overwritten.`)
    throw new CommandError(`'${path}' cannot be written (${error.code}).`)
  })
  try {
    await file.writeFile(`${signingKey}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  return verifierKey
}

/** Throws a `UsageError` for a name that is none. */
export function newKeyPair(name: string): ReturnType<typeof generateKeyPair> {
  try {
    return generateKeyPair(name)
  } catch {
    throw new UsageError(`'${name}' is no name for a key: it must not be empty, nor have spaces, control characters or a plus.`)
  }
}
