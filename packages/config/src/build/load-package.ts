import { createRequire } from 'node:module'
import { join } from 'node:path'

interface Exports {
  readonly '@audit/sink-file': typeof import('@audit/sink-file')
  readonly '@audit/sink-webhook': typeof import('@audit/sink-webhook')
}

export type SinkPackage = keyof Exports

/** The packages of sinks, resolved from this package: optional peers. */
const packages: { readonly [Name in SinkPackage]: () => Promise<Exports[Name]> } = {
  '@audit/sink-file': () => import('@audit/sink-file'),
  '@audit/sink-webhook': () => import('@audit/sink-webhook'),
}

/**
 * Loads a package as this package resolves it, else as the application in the directory does, because strict package managers show
 * each package only its own dependencies. Resolves with undefined if it is not installed; rejects if it cannot be loaded.
 */
export async function loadPackage<Name extends SinkPackage>(name: Name, directory: string): Promise<Exports[Name] | undefined> {
  try {
    return await packages[name]()
  } catch (error) {
    if (!isMissing(error, name)) throw error
  }
  try {
    return createRequire(join(directory, 'package.json'))(name) as Exports[Name]
  } catch (error) {
    if (!isMissing(error, name)) throw error
    return undefined
  }
}

/** True if this package is missing, and not one of its dependencies: installing it again would not help then. */
function isMissing(error: unknown, name: string): boolean {
  const { code, message = '' } = error as NodeJS.ErrnoException
  return (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') && message.includes(`'${name}'`)
}
