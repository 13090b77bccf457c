import { basename, join, normalize } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sampleBatch } from '@audit/core/testing'
import { sharesOf, sourceName } from './source-path.ts'

describe('the name of a source', () => {
  test.each([
    ['flags-api/host-1.example.com/0a1b2c3d', 'flags-api_host-1.example.com_0a1b2c3d'],
    ['..', '%2e.'],
    ['../../etc/passwd', '%2e._.._etc_passwd'],
    ['a_b', 'a%5fb'],
    ['caf\u00e9 \u0000\n', 'caf%c3%a9%20%00%0a'],
    ['', '%'],
    ['C:\\x', 'C%3a%5cx'],
  ])('the source %j becomes the name %j', (source, name) => expect(sourceName(source)).toBe(name))

  test('the name of any source stays in its folder, is short enough, and is unique', () => {
    const source = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ minLength: 100, maxLength: 400 }),
      fc.constantFrom('.', '..', '/'),
    )
    fc.assert(
      fc.property(source, source, (one, other) => {
        const path = join('/logs', `${sourceName(one)}`)
        expect(normalize(path)).toBe(path)
        expect([basename(path), path.length]).toEqual([sourceName(one), expect.toSatisfy((length: number) => length <= 134)])
        if (Buffer.from(one).equals(Buffer.from(other))) return
        expect(sourceName(one)).not.toBe(sourceName(other))
      }),
    )
  })

  test('long sources that differ only in the cut-off part have different names', () => {
    const long = 'x'.repeat(200)
    expect(sourceName(`${long}a`)).not.toBe(sourceName(`${long}b`))
    expect(sourceName(long)).toHaveLength(128)
  })
})

test('a batch is divided by source, and each keeps its order', () => {
  const batch = sampleBatch(5, (index) => ({ id: String(index) }))
  const sources = ['s/a', 's/b', 's/a', undefined, 's/b']
  const events = batch.events.map((event, index) => {
    const { source: _, ...rest } = event
    return sources[index] === undefined ? rest : { ...rest, source: sources[index] }
  })
  expect(sharesOf('logs/{source}/audit.{source}.log', events)).toEqual([
    { path: 'logs/s_a/audit.s_a.log', indexes: [0, 2] },
    { path: 'logs/s_b/audit.s_b.log', indexes: [1, 4] },
    { path: 'logs/unknown/audit.unknown.log', indexes: [3] },
  ])
})
