import { createRequire } from 'node:module'
import { join } from 'node:path'
import { AuditError } from '@audit/core'

interface Exports {
  readonly '@audit/flipt': typeof import('@audit/flipt')
  readonly '@audit/sink-file': typeof import('@audit/sink-file')
  readonly '@audit/sink-webhook': typeof import('@audit/sink-webhook')
  readonly '@audit/store-sqlite': typeof import('@audit/store-sqlite')
}

export type OptionalPackage = keyof Exports

/**
 * The optional peers, resolved from this package. Each import handles its own failure: bundlers then accept that a package is
 * missing.
 */
const packages: { readonly [Name in OptionalPackage]: () => Promise<Exports[Name] | undefined> } = {
  '@audit/flipt': () => import('@audit/flipt').catch(undefinedIfMissing('@audit/flipt')),
  '@audit/sink-file': () => import('@audit/sink-file').catch(undefinedIfMissing('@audit/sink-file')),
  '@audit/sink-webhook': () => import('@audit/sink-webhook').catch(undefinedIfMissing('@audit/sink-webhook')),
  '@audit/store-sqlite': () => import('@audit/store-sqlite').catch(undefinedIfMissing('@audit/store-sqlite')),
}

/**
 * Loads a package as this package resolves it, else as the application in the directory does, because strict package managers show
 * each package only its own dependencies. Resolves with undefined if it is not installed; rejects if it cannot be loaded.
 */
export async function loadPackage<Name extends OptionalPackage>(
  name: Name,
  directory: string,
): Promise<Exports[Name] | undefined> {
  const found = await packages[name]()
  if (found) return found
  try {
    return createRequire(join(directory, 'package.json'))(name) as Exports[Name]
  } catch (error) {
    return undefinedIfMissing(name)(error)
  }
}

/** Loads a package like `loadPackage`. Rejects with `AUDIT_INVALID_OPTIONS` and the command to install it if it is missing. */
export async function requirePackage<Name extends OptionalPackage>(
  name: Name,
  directory: string,
  key?: string,
): Promise<Exports[Name]> {
  const found = await loadPackage(name, directory)
  if (found) return found
  const problem = key === undefined ? installAdvice(name) : `${key}: ${installAdvice(name)}`
  throw new AuditError('AUDIT_INVALID_OPTIONS', problem, { problems: [problem] })
}

export function installAdvice(name: OptionalPackage): string {
  return `the package ${name} is not installed; npm install ${name}`
}

/** Rethrows any other error, also if a dependency of the package is missing: installing the package again would not help then. */
function undefinedIfMissing(name: OptionalPackage): (error: unknown) => undefined {
  return (error) => {
    const { code, message = '' } = error as NodeJS.ErrnoException
    const isMissing = (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') && message.includes(`'${name}'`)
    if (!isMissing) throw error
    return undefined
  }
}
