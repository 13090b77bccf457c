// The supported versions of Nest, each with an @audit/nest of its own, in one process.
import { createRequire, registerHooks } from 'node:module'
import { pathToFileURL } from 'node:url'
import type { FuzzPlatform } from '../../packages/core/dist/testing/adapter/index.js'
import { fuzzedNest, type NestVersion } from '../../packages/nest/test/fuzz/fuzzed-nest.ts'

const NEST_11 = '?nest=11'
const built = new URL('../../packages/nest/dist/index.js', import.meta.url).href
const testHome = new URL('../../packages/nest/package.json', import.meta.url).href
const compatHome = new URL('../../compat/nest-11/package.json', import.meta.url).href

// Loads a module whose URL ends with `?nest=11`, and the files of @audit/nest below it, with the packages of Nest 11.
registerHooks({
  resolve(specifier, context, nextResolve) {
    if (!context.parentURL?.endsWith(NEST_11)) return nextResolve(specifier, context)
    if (/^(@nestjs\/.+|rxjs|reflect-metadata)$/.test(specifier)) {
      return nextResolve(specifier, { ...context, parentURL: compatHome })
    }
    const resolved = nextResolve(specifier, context)
    return specifier.startsWith('.') ? { ...resolved, url: resolved.url + NEST_11 } : resolved
  },
})

/** Nest 11 and 12, on Express and Fastify. */
export const nestPlatforms: readonly FuzzPlatform[] = [
  ...(await versions('nest12', testHome, '')),
  ...(await versions('nest11', compatHome, NEST_11)),
].map(fuzzedNest)

async function versions(name: string, home: string, query: string): Promise<readonly NestVersion[]> {
  const { resolve } = createRequire(home)
  const load = (specifier: string): Promise<any> => import(pathToFileURL(resolve(specifier)).href)
  const nest = await import(built + query)
  const [common, core, rxjs] = await Promise.all([load('@nestjs/common'), load('@nestjs/core'), load('rxjs')])
  const { ExpressAdapter } = await load('@nestjs/platform-express')
  const { FastifyAdapter } = await load('@nestjs/platform-fastify')
  const shared = { common, core, rxjs, nest }
  return [
    { name: `${name}-express`, platform: 'express', adapter: () => new ExpressAdapter(), ...shared },
    { name: `${name}-fastify`, platform: 'fastify', adapter: () => new FastifyAdapter(), ...shared },
  ]
}
