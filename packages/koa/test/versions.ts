import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type Router from '@koa/router'
import type Koa from 'koa'

/** One supported Koa with one supported router. */
export interface Versions {
  readonly Koa: new () => Koa
  readonly Router: new (options?: { prefix?: string }) => Router
}

const own = fileURLToPath(new URL('..', import.meta.url))
const compat = fileURLToPath(new URL('../../../compat/routers', import.meta.url))
const { dependencies } = manifestIn(compat) as { readonly dependencies: Readonly<Record<string, string>> }

/** The oldest and the newest version of each major of both routers: `koa-router-7.4.0`, `@koa/router-15.7.0`. */
export const routers: readonly string[] = Object.keys(dependencies)

/** Each router with Koa 3, and the newest of each major with Koa 2. */
export const versions: readonly (readonly [koa: string, router: string])[] = [
  ...routers.map((router) => ['koa', router] as const),
  ...routers.filter(isNewest).map((router) => ['koa2', router] as const),
]

function isNewest(router: string, index: number): boolean {
  const major = /^\D+\d+/.exec(router)![0]
  return !routers.slice(index + 1).some((other) => other.startsWith(`${major}.`))
}

/** Loads a Koa or a router by its name in this file. All have the same shape, but some have no types. */
export function load(name: string): any {
  const loaded = createRequire(join(folderOf(name), 'package.json'))(name) as { readonly default?: unknown }
  return loaded.default ?? loaded
}

export function versionOf(name: string): string {
  return (manifestIn(join(folderOf(name), 'node_modules', name)) as { readonly version: string }).version
}

function folderOf(name: string): string {
  return name in dependencies ? compat : own
}

function manifestIn(folder: string): unknown {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
}

/** The majors of a router that its tests run with, as a range of versions. */
export function testedRange(name: string): string {
  const tested = Object.values(dependencies).filter((source) => source.startsWith(`npm:${name}@`))
  const versions = tested.map((source) => source.slice(`npm:${name}@`.length))
  const oldest = versions.filter((version, index) => version.split('.')[0] !== versions[index - 1]?.split('.')[0])
  return oldest.map((version) => `^${version.split('.')[0]}.${version.split('.')[1]}.0`).join(' || ')
}
