import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

// The folders of `faults/` are named after what is hurt. Each row is a file beside its program.

const faults = fileURLToPath(new URL('../../../faults', import.meta.url))
const files = globSync('**/*.ts', { cwd: faults }).map((path) => path.replaceAll('\\', '/'))
const rowFiles = files.filter((path) => path.endsWith('.row.ts')).toSorted()
const sourceOf = (path: string): string => readFileSync(join(faults, path), 'utf8')

test('every row is in the table', () => {
  const collected = [...sourceOf('rows.ts').matchAll(/ from '\.\/(.+\.row\.ts)'/g)].map(([, path]) => path)
  expect(rowFiles.length).toBeGreaterThan(0)
  expect(collected.toSorted()).toEqual(rowFiles)
})

test.each(rowFiles)('%s is beside its program', (path) => {
  const program = /^ {2}program: '(.+)',$/m.exec(sourceOf(path))?.[1]
  expect(program).toBe(path.replace('.row.ts', '.ts'))
  expect(existsSync(join(faults, program!))).toBe(true)
})

test('every process that a harness starts has its program beside it', () => {
  const started = files.flatMap((path) =>
    [...sourceOf(path).matchAll(/new URL\('([\w-]+\.\w+)', import\.meta\.url\)/g)].map(([, name]) => join(dirname(path), name!)),
  )
  expect(started.length).toBeGreaterThan(0)
  expect(started.filter((path) => !existsSync(join(faults, path)))).toEqual([])
})

test('a folder imports itself and the harness, not other folders', () => {
  expect(files.flatMap((path) => foreignImports(path, sourceOf(path)))).toEqual([])
})

test('an import of another folder is found', () => {
  const planted = "import { liveThroughBoth } from '../journal/outage.ts'\nimport { atPace } from '../harness/pace.ts'\n"
  expect(foreignImports('sinks/backlog.ts', planted)).toEqual(['sinks/backlog.ts imports journal/outage.ts'])
  expect(foreignImports('harness/trail.ts', planted)).toEqual(['harness/trail.ts imports journal/outage.ts'])
})

/** The imports of other folders. The files that are in no folder import all of them. */
function foreignImports(path: string, source: string): readonly string[] {
  const [own] = path.split('/')
  if (own === basename(path)) return []
  return [...source.matchAll(/(?:from |import\()'(\.[^']+)'/g)]
    .map(([, specifier]) => join(dirname(path), specifier!).replaceAll('\\', '/'))
    .filter((imported) => !['..', own, 'harness'].includes(imported.split('/')[0]!))
    .map((imported) => `${path} imports ${imported}`)
}
