import { open } from 'node:fs/promises'
import { generateKeyPair } from '@audit/proof'
import { CommandError, UsageError } from './command.ts'

/**
 * Generates a key pair, and writes the signing key to a new file that only its owner can read. Resolves with the verifier key when
 * the file is durable. Rejects with a `UsageError` for an invalid name, and a `CommandError` if the file exists or cannot be written.
 */
export async function writeNewKey(name: string, path: string): Promise<string> {
  const { signingKey, verifierKey } = newKeyPair(name)
  const file = await open(path, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST')
      throw new CommandError(`'${path}' already exists. A key is never overwritten: give another file.`)
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

/** Throws a `UsageError` for an invalid name. */
export function newKeyPair(name: string): ReturnType<typeof generateKeyPair> {
  try {
    return generateKeyPair(name)
  } catch {
    throw new UsageError(`'${name}' is not a name for a key: it must not be empty, or have spaces, control characters or a plus.`)
  }
}
