import { describe, expect, test } from 'vitest'
import { isPartOf, nextRotatedName, rotatedFiles } from './rotated-name.ts'

const at = Date.parse('2026-11-23T06:34:12.123Z')

describe('the name of a file that is closed', () => {
  test('a rotated name contains the time', () => {
    expect(nextRotatedName('audit.log', [], at)).toMatch(/^audit\.log\.20261123T063412123Z-[0-9a-f]{6}$/)
  })

  test('a rotated name sorts after all earlier ones, within one millisecond and after the clock goes back by an hour', () => {
    const names: string[] = []
    for (const now of [at, at, at, at - 3_600_000, at - 3_600_000, at + 1_000, at])
      names.push(
        nextRotatedName(
          'audit.log',
          names.map((name, index) => (index % 2 ? `${name}.gz` : name)),
          now,
        ),
      )
    expect(names).toEqual(names.toSorted())
    expect(new Set(names.map((name) => name.slice(0, -7))).size).toBe(7)
  })

  test('two processes make different rotated names from the same folder at the same time', () => {
    const names = Array.from({ length: 100 }, () => nextRotatedName('audit.log', [], at))
    expect(new Set(names).size).toBeGreaterThan(95)
  })
})

describe('the files that belong to a path', () => {
  const [one, two] = ['20261123T063412123Z-000000', '20261123T063412124Z-ffffff']

  test('the rotated files of a path are listed oldest first, each once', () => {
    const names = [`a.log.${two}`, `a.log.${one}.gz`, `a.log.${one}`, 'a.log']
    expect(rotatedFiles('a.log', names)).toEqual([
      { name: `a.log.${one}`, isPlain: true, isGzip: true },
      { name: `a.log.${two}`, isPlain: true, isGzip: false },
    ])
  })

  test.each([
    'a.log',
    'a.log.lock',
    'a.log.1',
    'a.log.gz',
    `b.log.${one}`,
    `a.log.b.log.${one}`,
    `xa.log.${one}`,
    `a.log.${one}.gz.part`,
    `a.log.${one}x`,
    'a.log.20261323T063412123Z-000000',
  ])('%s is not a rotated file of the path, so it is never removed', (name) => {
    expect(rotatedFiles('a.log', [name])).toEqual([])
  })

  test('isPartOf recognises an unfinished compression', () => {
    const names = [`a.log.${one}.gz.part`, `a.log.${one}.gz`, 'a.log.gz.part', `b.log.${one}.gz.part`, 'a.log.x.gz.part']
    expect(names.filter((name) => isPartOf('a.log', name))).toEqual([`a.log.${one}.gz.part`])
  })
})
