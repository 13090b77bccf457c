import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { build } from 'esbuild'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeProject, packAll, readManifest, run, runAll, workspace, type Packed } from './packed-project.ts'

// Every package as its users get it: packed, installed with npm into an empty project, and loaded in each way.

const names = globSync('packages/*/package.json', { cwd: workspace })
  .map((path) => readManifest(join(workspace, path, '..')))
  .filter((manifest) => manifest.private !== true)
  .map(({ name }) => name)
const peers = ['koa@3', '@koa/router@15', 'zod@4', 'jest@30', '@types/jest@30', 'fast-check@4', '@types/node@24', '@types/koa@3']

let packed: ReadonlyMap<string, Packed>
let project: string
const folders: string[] = []
beforeAll(async () => {
  const tarballs = await packAll()
  packed = new Map(tarballs.packed.map((one) => [one.manifest.name, one]))
  project = await makeProject(
    tarballs.packed.map(({ tarball }) => tarball),
    peers,
  )
  folders.push(tarballs.folder, project)
})
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true })
})

const node = (...args: string[]) => run(process.execPath, args, project)
const jest = (args: readonly string[], file = 'jest.spec.js', ...options: string[]) =>
  node(...options, ...jestArguments(args, file))
const jestArguments = (args: readonly string[], file: string) => [
  join('node_modules', 'jest', 'bin', 'jest.js'),
  '--ci',
  '--runTestsByPath',
  ...args,
  file,
]
const bin = (name: string) => join(workspace, 'node_modules', '.bin', name)

test('the test finds all packages', () => {
  expect(names).toEqual(expect.arrayContaining(['@audit/core', '@audit/koa', '@audit/sink-file']))
})

describe.for(names)('%s', (name) => {
  const installed = () => join(project, 'node_modules', name)
  const files = () =>
    globSync('**', { cwd: installed(), withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(installed().length + 1))

  const unpackedBytes = () => files().reduce((bytes, file) => bytes + statSync(join(installed(), file)).size, 0)

  test('it has at most 80 files and one megabyte', () => {
    expect(files().length).toBeLessThanOrEqual(80)
    expect(unpackedBytes()).toBeLessThanOrEqual(1_000_000)
  })

  test('the package contains the files that it needs and no others', async ({ annotate }) => {
    const { tarball } = packed.get(name)!
    await annotate(`${name}: ${files().length} files, ${unpackedBytes()} bytes, ${statSync(tarball).size} packed`)
    expect(
      files().filter(
        (file) =>
          !/^(dist\/.+|README\.md|LICENSE|package\.json|audit\.schema\.json|needs-exports\.cjs|(adapter|internal|journal|sink|testing|testing\/jest)\.js)$/.test(
            file,
          ),
      ),
    ).toEqual([])
    expect(files().filter((file) => /\.(test|test-d|spec)\./.test(file))).toEqual([])
    expect(files()).toEqual(expect.arrayContaining(['README.md', 'LICENSE', 'dist/index.js', 'dist/index.cjs']))
    expect(readFileSync(join(installed(), 'LICENSE'), 'utf8')).toBe(readFileSync(join(workspace, 'LICENSE'), 'utf8'))
    expect(readFileSync(join(installed(), 'package.json'), 'utf8')).not.toContain('workspace:')
  })

  test('source maps lead to the sources in the repository, by the path that they have in the package', () => {
    const maps = files().filter((file) => file.endsWith('.map'))
    const sources = maps.flatMap((map) => {
      const { sources: named } = JSON.parse(readFileSync(join(installed(), map), 'utf8')) as { sources: string[] }
      return named.map((source) => join(dirname(map), source))
    })
    expect(sources.length).toBeGreaterThan(0)
    expect(sources.filter((source) => !existsSync(join(packed.get(name)!.source, source)))).toEqual([])
  })

  test('publint finds nothing', async () => {
    const tarball = readFileSync(packed.get(name)!.tarball)
    const { messages, pkg } = await publint({ pack: { tarball: new Uint8Array(tarball).buffer }, strict: true })
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([])
  })

  test('types of the package resolve for CommonJS, ESM and bundlers', async () => {
    await run(bin('attw'), [packed.get(name)!.tarball, '--profile', 'node16'], workspace)
  })
})

test.each([
  ['@audit/core', ['@audit/proof']],
  ['@audit/proof', []],
  ['@audit/webhook-signature', []],
])('%s depends only on %j', (name, dependencies) => {
  expect(Object.keys(packed.get(name)!.manifest.dependencies ?? {})).toEqual(dependencies)
})

describe('in an empty project', () => {
  const recorded = [{ type: 'flag', action: 'created', status: 'success', payload: { key: 'packed' } }]

  test('an ESM program records an event and reads it back', async () => {
    expect(JSON.parse(await node('esm.mjs'))).toMatchObject(recorded)
  })
  test('a program reads from a file where its events go', async () => {
    expect(JSON.parse(await node('configured.mjs'))).toMatchObject([...recorded, ...recorded])
  })
  test('a CommonJS program records an event and reads it back', async () => {
    expect(JSON.parse(await node('commonjs.cjs'))).toMatchObject(recorded)
  })
  test('a CommonJS project under Jest 30 records an event, and has the matchers', async () => {
    await jest([])
    expect(readFileSync(join(project, 'jest.log'), 'utf8')).toContain('"type":"flag"')
  })
  test.each([['--detectOpenHandles'], ['--runInBand', '--fakeTimers={"enableGlobally":true}']])(
    'a recorder under Jest %s does not wait for faked timers, and leaves no handle open',
    async (...options) => {
      const said = await runAll(process.execPath, [...jestArguments(options, 'jest-timers.spec.js')], project)
      expect(said).not.toMatch(/open handle|did not exit/)
    },
  )
  test('Jest without globals has the matchers', () => jest(['--injectGlobals=false'], 'jest-imported.spec.js'))
  test('an ES module under Jest has the matchers', () => jest([], 'jest-esm.spec.mjs', '--experimental-vm-modules'))
  test('ES modules and CommonJS have the same classes', () => node('copies.mjs'))

  test('a stack trace names the line of the source', async () => {
    const program = "try { require('@audit/core').defineEvents({}) } catch (error) { process.stdout.write(error.stack) }"
    const stack = await node('--enable-source-maps', '-e', program)
    const [, path = '', line = ''] = /\/@audit\/core\/(src\/[^:]+\.ts):(\d+):/.exec(stack) ?? []
    const source = readFileSync(join(packed.get('@audit/core')!.source, path), 'utf8')
    expect(source.split('\n')[Number(line) - 1]).toContain('new AuditError')
  })

  describe.each([
    ['esm', 'mjs', 'esm.mjs'],
    ['cjs', 'cjs', 'commonjs.cjs'],
  ] as const)('bundled as %s into one file, without node_modules', (format, ending, koa) => {
    // Packages of others that are CommonJS need a `require` in an ES module.
    const banner = {
      js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
    }
    const bundle = async (program: string, needsRequire: boolean) => {
      const target = folder()
      const outfile = join(target, `${program}.${ending}`)
      const entryPoints = [join(project, program)]
      const shared = { bundle: true, platform: 'node', logLevel: 'silent', absWorkingDir: project } as const
      await build({ ...shared, entryPoints, format, outfile, ...(format === 'esm' && needsRequire && { banner }) })
      return run(process.execPath, [outfile], target)
    }
    const folder = () => {
      const made = mkdtempSync(join(tmpdir(), 'audit-bundle-'))
      folders.push(made)
      return made
    }

    test('a program records an event and reads it back', async () => {
      expect(JSON.parse(await bundle('recording.mjs', false))).toMatchObject(recorded)
    })
    test('Koa with a file', async () => expect(JSON.parse(await bundle(koa, true))).toMatchObject(recorded))
    test('a configuration file with a webhook', async () => {
      expect(JSON.parse(await bundle('configured.mjs', true))).toMatchObject([...recorded, ...recorded])
    })
  })

  test('names and payloads are typed in both kinds of program', async () => {
    const compilerOptions = { module: 'nodenext', strict: true, noEmit: true, types: ['node', 'jest'], skipLibCheck: false }
    for (const file of ['types.mts', 'types.cts', 'types-jest.cts']) {
      writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: [file] }))
      await run(bin('tsc'), ['-p', project], workspace)
    }
  })

  test('a program for es2021 whose settings name no types compiles', async () => {
    const compilerOptions = { module: 'nodenext', target: 'es2021', strict: true, noEmit: true, types: [], skipLibCheck: false }
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['types-without-node.mts'] }))
    await run(bin('tsc'), ['-p', project], workspace)
  })

  test('the example of the README runs unchanged, and its first line is the one below it', async () => {
    const readme = readFileSync(join(workspace, 'README.md'), 'utf8')
    const [, example = '', shown = ''] = /^```ts\n(.*?)^```.*?^```json\n(.*?)^```/ms.exec(readme) ?? []
    const lines = example.split('\n').filter((line) => line !== '')
    expect(lines.length).toBeGreaterThan(0)
    expect(lines.length).toBeLessThanOrEqual(12)
    writeFileSync(join(project, 'example.mts'), example)
    const [printed] = (await node('example.mts')).split(/(?<=\n)/)
    expect(timeless(printed!)).toBe(timeless(shown))
  })
})

/** Returns an event's text without the parts that differ in each run: its time, id and log. */
function timeless(line: string): string {
  const event = JSON.parse(line) as Record<'timestamp' | 'id' | 'source', string>
  expect(event.timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  expect(event.id).toMatch(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
  expect(event.source).toMatch(/^flags-api\/[^/]+\/[\da-z]{8}$/)
  return JSON.stringify({ ...event, timestamp: '', id: '', source: '' })
}
