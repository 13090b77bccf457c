import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { readSource, readSources, type Import, type SourceFile } from '../test/source-files.ts'

// Defines which modules may import which. A file is named by its path from `packages/`; the rooms are the folders of core's
// `src`.

/** Imports of each room, in addition to itself and the files for every room: folders, which end with a slash, and files. */
const rooms: Readonly<Record<string, RoomRule>> = {
  copy: { sees: [], node: ['crypto', 'util'] },
  event: { sees: ['copy/'], node: ['crypto', 'util'] },
  capture: { sees: ['copy/', 'event/'], node: ['async_hooks'] },
  enrich: { sees: ['copy/', 'event/'], node: ['crypto'] },
  intake: { sees: ['event/', 'journal/journal.ts', 'journal/capabilities.ts'], node: [] },
  journal: { sees: ['event/'], node: ['crypto', 'os'], packages: ['@audit/proof'] },
  'log-format': {
    sees: ['event/', 'journal/dead-letter-store.ts', 'journal/held.ts'],
    node: ['buffer', 'crypto', 'fs', 'fs/promises', 'os', 'path', 'zlib'],
  },
  'file-journal': { sees: ['event/', 'journal/', 'log-format/'], node: ['crypto', 'os', 'path'], packages: ['@audit/proof'] },
  seal: { sees: ['event/', 'journal/seal.ts'], node: ['fs', 'fs/promises', 'path'], packages: ['@audit/proof'] },
  deliver: {
    sees: ['event/', 'journal/cursors.ts', 'journal/dead-letter-store.ts', 'sink/sink.ts', 'sink/sink-error.ts'],
    node: [],
  },
  sink: { sees: ['copy/', 'event/', 'seal/anchor.ts'], node: ['stream', 'util'] },
  adapter: { sees: ['capture/', 'copy/', 'event/'], node: ['crypto', 'http'] },
  options: {
    sees: ['copy/', 'deliver/', 'enrich/', 'event/', 'file-journal/', 'intake/', 'journal/', 'seal/', 'sink/'],
    node: [],
  },
  audit: {
    sees: ['adapter/', 'capture/', 'deliver/', 'enrich/', 'event/', 'intake/', 'journal/', 'options/', 'seal/', 'sink/'],
    node: ['fs', 'os', 'worker_threads'],
  },
  trail: {
    sees: ['copy/', 'event/', 'journal/dead-letter-store.ts', 'journal/held.ts', 'journal/owner-request.ts', 'log-format/'],
    node: ['crypto', 'fs/promises', 'os', 'path', 'zlib'],
  },
}
interface RoomRule {
  readonly sees: readonly string[]
  readonly node: readonly string[]
  /** Imports from other packages. */
  readonly packages?: readonly string[]
}
/** Files that every room may import, and their own imports. */
const forAll: Readonly<Record<string, { readonly sees: readonly string[]; readonly node: readonly string[] }>> = {
  'errors.ts': { sees: [], node: [] },
  'ask-now.ts': { sees: ['logger.ts'], node: ['util'] },
  'clock.ts': { sees: [], node: [] },
  'deadline.ts': { sees: ['clock.ts'], node: [] },
  'logger.ts': { sees: ['clock.ts'], node: [] },
  'count-waiters.ts': { sees: [], node: [] },
  'serial-queue.ts': { sees: [], node: [] },
  'sqlite.ts': { sees: [], node: ['sqlite'] },
  'sync-directory.ts': { sees: [], node: ['fs', 'fs/promises'] },
  'diagnostics.ts': { sees: [], node: ['diagnostics_channel'] },
  'option-checks.ts': { sees: ['errors.ts', 'event/nearest.ts'], node: [] },
  'path-problem.ts': { sees: [], node: [] },
  'supported-node.ts': { sees: [], node: [] },
}
/** The files outside the rooms wire them together: they may import every room, and only they and `testing` may import them. */
const wiring: Readonly<Record<string, { readonly node: readonly string[] }>> = {
  'create-audit.ts': { node: [] },
  'index.ts': { node: [] },
  'internal.ts': { node: [] },
}
/**
 * Packages that a package may import: in its sources, as types only, and in addition in its tests, which may also import its
 * `devDependencies`. Every package but core may import Node's own modules.
 */
const packages: readonly PackageRule[] = [
  { name: /^core$/, sources: ['@audit/proof'], types: [], tests: [] },
  {
    name: /^sink-webhook$/,
    sources: ['@audit/core/internal', '@audit/core/sink', '@audit/webhook-signature', 'undici', 'zod'],
    types: [],
    tests: ['@audit/core', '@audit/core/testing'],
  },
  {
    name: /^sink-[a-z-]+$/,
    sources: ['@audit/core/internal', '@audit/core/sink', 'zod'],
    types: [],
    tests: ['@audit/core', '@audit/core/testing'],
  },
  { name: /^store$/, sources: ['@audit/core/internal', '@audit/core/sink', '@audit/core/testing'], types: [], tests: [] },
  {
    name: /^store-[a-z-]+$/,
    sources: ['@audit/core/internal', '@audit/core/sink', '@audit/store', '@audit/store/internal'],
    types: [],
    tests: ['@audit/core', '@audit/core/testing', '@audit/store/testing'],
  },
  { name: /^webhook-signature$/, sources: [], types: [], tests: [] },
  {
    name: /^flipt$/,
    sources: ['@audit/core/internal', '@audit/core/sink', '@audit/webhook-signature'],
    types: [],
    tests: ['@audit/core/testing', '@audit/sink-file', '@audit/sink-webhook'],
  },
  {
    name: /^config$/,
    sources: [
      ...['core', 'core/internal', 'core/sink', 'flipt', 'sink-file', 'sink-webhook', 'store-sqlite'].map(ours),
      'an expression',
      'yaml',
      'zod',
    ],
    types: [],
    tests: ['@audit/core/testing', '@audit/webhook-signature'],
  },
  {
    name: /^koa$/,
    sources: ['@audit/core', '@audit/core/adapter'],
    types: ['koa', '@koa/router'],
    tests: ['@audit/core/testing', '@audit/core/testing/adapter', '@audit/core/testing/vitest'],
  },
  {
    name: /^nest$/,
    sources: [
      '@audit/core',
      '@audit/core/adapter',
      '@audit/core/testing',
      '@nestjs/common',
      '@nestjs/core',
      '@nestjs/terminus',
      'reflect-metadata',
      'rxjs',
    ],
    types: [],
    tests: ['@audit/core/testing', '@audit/core/testing/adapter', '@audit/core/testing/vitest'],
  },
  {
    name: /^cli$/,
    sources: ['config', 'core', 'core/internal', 'core/sink', 'core/trail', 'proof', 'store', 'store-sqlite'].map(ours),
    types: [],
    tests: [],
  },
  { name: /^proof$/, sources: [], types: [], tests: [] },
]

/** Files in core's `testing/` that import a test library of the application; each is a separate entry. */
const runners = [
  ['arbitraries/', 'fast-check'],
  ['jest.ts', '@jest/globals'],
  ['jest-globals.d.ts', 'expect'],
  ['vitest.ts', 'vitest'],
] as const

/** The package or entry of that name. */
function ours(name: string): string {
  return `@audit/${name}`
}

interface PackageRule {
  readonly name: RegExp
  readonly sources: readonly string[]
  readonly types: readonly string[]
  readonly tests: readonly string[]
}

const isTest = (path: string) => /\.test(-d)?\.ts$|^[^/]+\/test\//.test(path)
const roomOf = (file: string) => (file.includes('/') ? file.slice(0, file.indexOf('/')) : '')

/** All violations, one line each: the file, what it does, the rule. */
function violations(files: readonly SourceFile[]): readonly string[] {
  return files.flatMap((file) => [
    ...shapeProblems(file).map((problem) => `${file.path} ${problem}`),
    ...file.imports.flatMap((link) => {
      const rule = brokenRule(file.path, link)
      return rule ? [`${file.path} imports '${link.specifier}': ${rule}`] : []
    }),
  ])
}

function shapeProblems({ path, lines, hasDefault }: SourceFile): readonly string[] {
  const name = basename(path).replace(/\..*$/, '')
  const most = isTest(path) ? 400 : 300
  return [
    ...(lines > most ? [`has ${lines} lines: at most ${most}; split it by job`] : []),
    ...(/^(utils?|helpers?|common|shared|misc|types)$/.test(name) ? ['says nothing: name a file after its main export'] : []),
    ...(/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name) ? [] : ['is not kebab-case']),
    ...(hasDefault ? ['has a default export: export by name'] : []),
  ]
}

function brokenRule(path: string, { specifier, isType }: Import): string | undefined {
  const [name = '', , ...rest] = path.split('/')
  const rule = packages.find((candidate) => candidate.name.test(name))
  if (!rule) return `the package ${name} is in no rule of this test`
  if (specifier.startsWith('.')) {
    const target = posix.join(posix.dirname(path), specifier)
    if (!target.startsWith(isTest(path) ? `${name}/` : `${name}/src/`)) return byName
    return name === 'core' && !isTest(path) ? brokenRoomRule(rest.join('/'), target.slice('core/src/'.length)) : undefined
  }
  if (specifier.startsWith('node:')) {
    return name === 'core' && !isTest(path) ? brokenNodeRule(rest.join('/'), specifier.slice('node:'.length)) : undefined
  }
  if (runners.some(([folder, runner]) => path.startsWith(`core/src/testing/${folder}`) && specifier === runner)) return undefined
  if (isTest(path) && !specifier.startsWith('@audit/')) return undefined
  const room = name === 'core' && !isTest(path) ? roomOf(rest.join('/')) : ''
  if (room in rooms) return unlessIn(rooms[room]!.packages ?? [], specifier, room)
  if (isTest(path)) return unlessIn([...rule.sources, ...rule.tests], specifier, `tests of ${name}`)
  if (isType && rule.types.includes(specifier)) return undefined
  return unlessIn([...rule.sources, ...rule.types.map((type) => `types of ${type}`)], specifier, name)
}

const byName = 'import a package by its name, never by a path into it'

function brokenRoomRule(file: string, target: string): string | undefined {
  const [from, to] = [roomOf(file), roomOf(target)]
  if (from === 'testing' || (to === from && to !== '')) return undefined
  if (to === 'testing') return 'only tests import testing/'
  if (file in forAll) return unlessIn(forAll[file]!.sees, target, file)
  if (file in wiring) return undefined
  if (from === '') return `${file} is in no rule of this test`
  if (target in forAll) return undefined
  if (!(from in rooms)) return `the room ${from} is in no rule of this test`
  const { sees } = rooms[from]!
  return sees.includes(`${to}/`) ? undefined : unlessIn([...Object.keys(forAll), ...sees], target, from)
}

function brokenNodeRule(file: string, builtin: string): string | undefined {
  const room = roomOf(file)
  if (room === 'testing') return undefined
  return unlessIn((rooms[room] ?? forAll[file] ?? wiring[file])?.node ?? [], builtin, `of Node's own modules ${room || file}`)
}

function unlessIn(allowed: readonly string[], name: string, who: string): string | undefined {
  return allowed.includes(name) ? undefined : `${who} may import ${allowed.join(', ') || 'nothing'}`
}

/** Rooms that import each other, however long the way round; the wiring counts as one room. */
function cycles(files: readonly SourceFile[]): readonly string[] {
  const node = (file: string) => (file in forAll ? file : roomOf(file) || 'wiring')
  const graph = new Map<string, Set<string>>()
  for (const { path, imports } of files) {
    if (!path.startsWith('core/src/') || isTest(path)) continue
    const from = node(path.slice('core/src/'.length))
    for (const { specifier } of imports.filter((link) => link.specifier.startsWith('.'))) {
      const to = node(posix.join(posix.dirname(path), specifier).slice('core/src/'.length))
      if (to !== from) graph.set(from, (graph.get(from) ?? new Set()).add(to))
    }
  }
  const reaches = (from: string, to: string, seen = new Set<string>()): boolean =>
    [...(graph.get(from) ?? [])].some((next) => next === to || (!seen.has(next) && reaches(next, to, seen.add(next))))
  return [...graph.keys()].filter((room) => reaches(room, room))
}

const root = fileURLToPath(new URL('../..', import.meta.url))
const planting = mkdtempSync(join(tmpdir(), 'audit-architecture-'))
afterAll(() => rmSync(planting, { recursive: true }))

describe('the packages as they are', () => {
  const files = readSources(root)
  test('every package has source files to check', () => {
    const paths = files.map(({ path }) => path)
    expect(paths).toEqual(expect.arrayContaining(['core/src/audit/audit.ts', 'koa/src/index.ts', 'sink-file/src/index.ts']))
    expect(files.flatMap(({ imports }) => imports).length).toBeGreaterThan(files.length)
  })
  test('files import only what their rules allow', () => expect(violations(files)).toEqual([]))
  test('rooms do not import each other in a cycle', () => expect(cycles(files)).toEqual([]))
})

describe('a planted violation', () => {
  const seesForAll =
    'may import errors.ts, ask-now.ts, clock.ts, deadline.ts, logger.ts, count-waiters.ts, serial-queue.ts, sqlite.ts, sync-directory.ts, diagnostics.ts, option-checks.ts, path-problem.ts, supported-node.ts'
  const sees = `${seesForAll}, copy/, event/`
  const fliptSees = 'flipt may import @audit/core/internal, @audit/core/sink, @audit/webhook-signature'
  const koaSees = 'koa may import @audit/core, @audit/core/adapter, types of koa, types of @koa/router'
  const links: readonly [folder: string, text: string, specifier: string, rule: string][] = [
    ['core/src/enrich', "import { deliverer } from '../deliver/deliverer.ts'", '../deliver/deliverer.ts', `enrich ${sees}`],
    ['core/src/enrich', "import type { Journal } from '../journal/journal.ts'", '../journal/journal.ts', `enrich ${sees}`],
    ['core/src/enrich', "export * from '../capture/context.ts'", '../capture/context.ts', `enrich ${sees}`],
    ['core/src/enrich', "export const late = () => import('../audit/audit.ts')", '../audit/audit.ts', `enrich ${sees}`],
    ['core/src/enrich', "export type Late = import('../sink/sink.ts').Sink", '../sink/sink.ts', `enrich ${sees}`],
    [
      'core/src/intake',
      "import '../sink/memory-sink.ts'",
      '../sink/memory-sink.ts',
      `intake ${seesForAll}, event/, journal/journal.ts, journal/capabilities.ts`,
    ],
    [
      'core/src/deliver',
      "import type { Journal } from '../journal/journal.ts'",
      '../journal/journal.ts',
      `deliver ${seesForAll}, event/, journal/cursors.ts, journal/dead-letter-store.ts, sink/sink.ts, sink/sink-error.ts`,
    ],
    ['core/src/deliver', "import { readFile } from 'node:fs'", 'node:fs', "of Node's own modules deliver may import nothing"],
    ['core/src/event', "import { z } from 'zod'", 'zod', 'event may import nothing'],
    ['core/src/enrich', "import { leafHash } from '@audit/proof'", '@audit/proof', 'enrich may import nothing'],
    ['core/src', "import { z } from 'zod'", 'zod', 'core may import @audit/proof'],
    ['core/src/testing', "import fc from 'fast-check'", 'fast-check', 'core may import @audit/proof'],
    ['core/src/event', "import '../testing/index.ts'", '../testing/index.ts', 'only tests import testing/'],
    [
      'core/src/trail',
      "import '../file-journal/housekeeping.ts'",
      '../file-journal/housekeeping.ts',
      `trail ${seesForAll}, copy/, event/, journal/dead-letter-store.ts, journal/held.ts, journal/owner-request.ts, log-format/`,
    ],
    ['core/src/parlour', "import '../event/event.ts'", '../event/event.ts', 'the room parlour is in no rule of this test'],
    ['core/src', "import { systemClock } from './clock.ts'", './clock.ts', 'planted.ts is in no rule of this test'],
    [
      'sink-file/src',
      "import { createAudit } from '@audit/core'",
      '@audit/core',
      'sink-file may import @audit/core/internal, @audit/core/sink, zod',
    ],
    [
      'sink-file/src',
      "import '@audit/flipt'",
      '@audit/flipt',
      'sink-file may import @audit/core/internal, @audit/core/sink, zod',
    ],
    ['flipt/src', "import '@audit/config'", '@audit/config', fliptSees],
    ['flipt/src', "import { fileSink } from '@audit/sink-file'", '@audit/sink-file', fliptSees],
    ['koa/src', "import { fileSink } from '@audit/sink-file'", '@audit/sink-file', koaSees],
    ['koa/src', "import Router from '@koa/router'", '@koa/router', koaSees],
    ['koa/src', "import '../../core/src/index.ts'", '../../core/src/index.ts', byName],
    [
      'sink-kafka/src',
      "import '@audit/core'",
      '@audit/core',
      'sink-kafka may import @audit/core/internal, @audit/core/sink, zod',
    ],
    ['parlour/src', "import '@audit/core'", '@audit/core', 'the package parlour is in no rule of this test'],
  ]
  const shapes: readonly [file: string, text: string, said: string][] = [
    ['core/src/event/utils.ts', 'export const one = 1', 'says nothing: name a file after its main export'],
    ['core/src/event/twoWords.ts', 'export const one = 1', 'is not kebab-case'],
    ['core/src/event/planted.ts', 'const one = 1\nexport { one as default }', 'has a default export: export by name'],
    ['core/src/event/planted.ts', '// long\n'.repeat(300), 'has 301 lines: at most 300; split it by job'],
    ['core/src/errors.ts', "import './clock.ts'", "imports './clock.ts': errors.ts may import nothing"],
  ]
  const planted = [
    ...links.map(([folder, text, specifier, rule]) => [`${folder}/planted.ts`, text, `imports '${specifier}': ${rule}`] as const),
    ...shapes,
  ]
  for (const [file, text, said] of planted) {
    test(`${file} ${said}`, () => {
      const path = join(planting, file)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, `${text}\n`)
      expect(violations([readSource(planting, file)])).toEqual([`${file} ${said}`])
    })
  }
  test('rooms that import each other are reported', () => {
    const file = (room: string, seen: string): SourceFile => {
      const imports = [{ specifier: `../${seen}/planted.ts`, isType: true }]
      return { path: `core/src/${room}/planted.ts`, lines: 1, imports, hasDefault: false }
    }
    const files = [file('event', 'intake'), file('intake', 'journal'), file('journal', 'event'), file('sink', 'event')]
    expect(cycles(files)).toEqual(['event', 'intake', 'journal'])
  })
})
