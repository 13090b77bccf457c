import { createRequire } from 'node:module'
import { join } from 'node:path'

interface Exports {
  readonly '@audit/sink-file': typeof import('@audit/sink-file')
  readonly '@audit/sink-webhook': typeof import('@audit/sink-webhook')
}

export type SinkPackage = keyof Exports

/** The packages of sinks, as this package sees them: as peers that need not be there. */
const packages: { readonly [Name in SinkPackage]: () => Promise<Exports[Name]> } = {
  '@audit/sink-file': () => import('@audit/sink-file'),
  '@audit/sink-webhook': () => import('@audit/sink-webhook'),
}

/**
 * The package, as this one sees it, else as the application in the directory does, for package managers that show everybody only
 * what they ask for. Resolves with nothing if it is not installed; rejects if it is and cannot be loaded.
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

/** That one, and not one that it needs: to install what is there already would not help. */
function isMissing(error: unknown, name: string): boolean {
  const { code, message = '' } = error as NodeJS.ErrnoException
  return (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') && message.includes(`'${name}'`)
}
