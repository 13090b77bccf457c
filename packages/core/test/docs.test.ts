import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import { systemActions } from '../src/event/event-pattern.ts'
import { statuses } from '../src/event/event.ts'

// Everything that the pages name must exist, and everything that exists must be on the pages.

const root = fileURLToPath(new URL('../../..', import.meta.url))
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const pages = globSync(['*.md', 'docs/**/*.md', 'packages/*/README.md'], { cwd: root }).map((path) => path.replaceAll('\\', '/'))
const fenced = (page: string, language: string) =>
  [...read(page).matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(([, code]) => code!)
/** The first cell of every row of the tables of a page, or of one section, in code marks. */
const firstCells = (text: string) =>
  [...text.matchAll(/^\| ([^|]+) \|/gm)].flatMap(([, cell]) => [...cell!.matchAll(/`([^`]+)`/g)].map(([, name]) => name!))
const section = (page: string, title: string) =>
  read(page)
    .split(/^## /m)
    .find((part) => part.startsWith(`${title}\n`)) ?? ''
const sorted = (names: Iterable<string>) => [...new Set(names)].toSorted()

/** Makes an anchor of a heading as the site that shows the pages does. */
const anchors = (text: string) =>
  [...text.matchAll(/^#+ (.+)$/gm)].map(([, title]) =>
    title!
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )

test('the test finds pages to check', () => {
  expect(pages).toEqual(
    expect.arrayContaining(['README.md', 'docs/event.md', 'docs/guides/write-a-sink.md', 'packages/core/README.md']),
  )
})

test.each(pages)('every link of %s has a target', (page) => {
  const links = [...read(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link!).filter((link) => !/^https?:/.test(link))
  const broken = links.filter((link) => {
    const [path = '', anchor] = link.split('#')
    const target = path === '' ? page : join(dirname(page), path)
    if (!existsSync(join(root, target))) return true
    return anchor !== undefined && !anchors(read(target)).includes(anchor)
  })
  expect(broken).toEqual([])
})

const pictures = globSync('docs/pictures/*.svg', { cwd: root }).map((path) => path.replaceAll('\\', '/'))

test.each(pictures)('%s is on a page, has a text in its place, and colours for light and dark pages', (picture) => {
  const shown = pages.flatMap((page) =>
    [...read(page).matchAll(/!\[([^\]]*)\]\(([^)]+)\)/g)]
      .filter(([, , path]) => join(dirname(page), path!) === picture)
      .map(([, alternative]) => alternative!),
  )
  expect(shown.length).toBeGreaterThan(0)
  for (const alternative of shown) expect(alternative).toMatch(/\w+ \w+/)
  expect(read(picture)).toMatch(/<title id="title">\w[^]*prefers-color-scheme: dark/)
})

test.each([
  ['way-of-an-event', 'architecture'],
  ['life-of-a-log', 'journal'],
])('the names in the picture %s are on the page %s', (picture, page) => {
  const words = read(`docs/${page}.md`)
    .replace(/^!\[.*$/m, '')
    .toLowerCase()
    .replace(/[^\w()]+/g, ' ')
  const [names = ''] = read(`docs/pictures/${picture}.svg`).match(/<g class="name">[^]*?<\/g>/) ?? []
  const shown = [...names.matchAll(/<text [^>]*>([^<]+)</g)].map(([, name]) => name!)
  expect(shown.length).toBeGreaterThan(3)
  expect(shown.filter((name) => !words.includes(` ${name} `))).toEqual([])
})

test.each(['README.md', 'docs/event.md'])('the event that %s shows fits the schema', (page) => {
  const isEvent = new Ajv2020({ allowUnionTypes: true }).compile(JSON.parse(read('docs/event.schema.json')) as object)
  const [shown] = fenced(page, 'json')
  expect(isEvent(JSON.parse(shown!)), JSON.stringify(isEvent.errors)).toBe(true)
})

describe('docs/event.md names exactly', () => {
  const page = 'docs/event.md'
  const { properties } = JSON.parse(read('docs/event.schema.json')) as { properties: Record<string, unknown> }
  test('docs/event.md names exactly the members of an event', () => {
    const [members = ''] = read(page).split('| in `metadata` |')
    expect(sorted(firstCells(members))).toEqual(sorted(Object.keys(properties)))
  })
  test('docs/event.md names exactly the statuses', () => {
    expect(sorted(firstCells(section(page, 'Statuses')))).toEqual(sorted(statuses))
  })
  test('docs/event.md names exactly the system events', () => {
    expect(sorted(firstCells(section(page, 'System events')))).toEqual(sorted(systemActions.map((action) => `audit:${action}`)))
  })
})

describe('the compatibility tables say what the peers say', () => {
  /** The second cell of the row whose first cell is this. */
  const rowOf = (page: string, name: string) =>
    section(page, 'Compatibility')
      .split('\n')
      .map((line) => line.split('|').map((cell) => cell.trim()))
      .find(([, first]) => first === name)?.[2]
  /** `^8.0.0 || ^9.0.0` is 8 to 9; `^7.2.0 || ^8.0.0` is 7.2 to 8. */
  const versionsOf = (package_: string, peer: string, between = 'to') => {
    const { peerDependencies } = JSON.parse(read(`packages/${package_}/package.json`)) as {
      peerDependencies: Record<string, string>
    }
    const versions = peerDependencies[peer]!.split(' || ').map((range) => range.replace(/^\^/, '').replace(/(\.0)+$/, ''))
    return `${versions[0]} ${between} ${versions.at(-1)}`
  }
  const [koa, nest] = ['packages/koa/README.md', 'packages/nest/README.md'] as const

  test.each([
    [koa, 'Koa', versionsOf('koa', 'koa', 'and')],
    [koa, '`@koa/router`', versionsOf('koa', '@koa/router')],
    [koa, '`koa-router`', versionsOf('koa', 'koa-router')],
    [koa, '`@audit/core/testing`', `vitest ${versionsOf('core', 'vitest')}`],
    [koa, '`@audit/core/testing`', `Jest ${versionsOf('core', 'expect')}`],
    [nest, 'NestJS', versionsOf('nest', '@nestjs/core', 'and')],
    [nest, '`@audit/core/testing`', `vitest ${versionsOf('core', 'vitest')}`],
    [nest, '`@audit/core/testing`', `Jest ${versionsOf('core', 'expect')}`],
  ])('the row of %s about %s has %s', (page, name, versions) => {
    expect(rowOf(page, name)).toMatch(new RegExp(`(^|; )${versions.replaceAll('.', '\\.')}\\b`))
  })

  test.each(['core', 'koa', 'nest', 'cli'])('packages/%s needs the oldest Node of the tables', (name) => {
    const { engines } = JSON.parse(read(`packages/${name}/package.json`)) as { engines: { node: string } }
    expect(engines.node).toBe(`>=${/^[\d.]+/.exec(rowOf(koa, 'Node')!)![0]}`)
    expect(rowOf(nest, 'Node')).toBe(rowOf(koa, 'Node'))
  })
})

test('docs/diagnostics.md names exactly the channels in use', () => {
  const sources = globSync('packages/core/src/**/*.ts', { cwd: root }).filter((path) => !/\.test(-d)?\.ts$/.test(path))
  const published = sources.flatMap((path) => [...read(path).matchAll(/publish\('([^']+)'/g)].map(([, name]) => name!))
  expect(published.length).toBeGreaterThan(5)
  expect(sorted(firstCells(section('docs/diagnostics.md', '`node:diagnostics_channel`')))).toEqual(sorted(published))
})

describe('docs/architecture.md names the stations of an event', () => {
  const way = section('docs/architecture.md', 'The way of an event')
  const steps = [...way.matchAll(/^\d+\. .+$/gm)].map(([step]) => step)
  const station = /`(?:(\w+)\.)?(\w+)\(\)` \(\[`([\w./-]+)`\]/g
  const stations = [...way.matchAll(station)].map(([named, type, method, file]) => ({
    named,
    type,
    method: method!,
    file: file!,
  }))

  test('every step has a station', () => {
    expect(steps.length).toBeGreaterThan(10)
    expect(steps.filter((step) => !step.match(station))).toEqual([])
  })

  test.each(stations)('$named exists', ({ type, method, file }) => {
    expect(hasMethod(read(join('packages/core/src', file)), type, method)).toBe(true)
  })

  test('a method that does not exist is noticed', () => {
    const code = read('packages/core/src/intake/intake.ts')
    expect(hasMethod(code, 'Intake', 'submit')).toBe(true)
    expect([
      hasMethod(code, 'Intake', 'admit'),
      hasMethod(code, 'Queue', 'submit'),
      hasMethod(code, undefined, 'submit'),
    ]).toEqual([false, false, false])
  })
})

/** True if the class or interface declares the method; without a type, if there is a function or a member of an object of that name. */
function hasMethod(code: string, type: string | undefined, method: string): boolean {
  if (type === undefined) return new RegExp(`^(export )?(async )?function ${method}\\b|^ {4}${method}: \\(`, 'm').test(code)
  const [, body = ''] = code.split(new RegExp(`^(?:export )?(?:class|interface) ${type}\\b`, 'm'))
  const [members] = body.split(/^}/m)
  return new RegExp(`^ {2}(async )?${method}(<.*>)?\\(`, 'm').test(members!)
}
