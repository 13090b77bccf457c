import { memoryJournal } from '../src/journal/memory-journal.ts'
import { execFileSync, spawnSync } from 'node:child_process'
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { hostileValues, tripwire } from './hostile-values.ts'
import { propertyRuns } from './property-runs.ts'
import { hostilePayloads } from '../src/testing/arbitraries/index.ts'
import { createAudit, defineEvents, type AuditEvent } from '../src/index.ts'

// Hostile payloads by the thousand, from record() to a file, and that file as other programs read it.

const folder = mkdtempSync(join(tmpdir(), 'audit-lines-'))
const path = join(folder, 'trail.ndjson')
afterAll(() => rmSync(folder, { recursive: true }))

const seed = Number(process.env['FC_SEED'] ?? Date.now() % 2 ** 31)
const GENERATED = propertyRuns(3_000)
const ids: string[] = []
const notHeld: string[] = []
let tripped: readonly string[] = []

beforeAll(async () => {
  const wire = tripwire()
  const { trip } = wire
  const sink = {
    name: 'lines',
    write: async ({ lines }: { readonly lines: readonly string[] }) => appendFileSync(path, `${lines.join('\n')}\n`),
  }
  const events = defineEvents({
    thing: { any: z.any(), nested: z.object({ it: z.any() }), map: z.record(z.string(), z.number()) },
  })
  const logger = { warn: () => undefined, error: () => undefined }
  const audit = createAudit({
    service: 'lines',
    events,
    journal: memoryJournal(),
    sinks: [sink],
    logger,
    enrich: [() => ({ region: 'eu\u2028' })],
  })
  const makers = [
    ...fc.sample(hostilePayloads(trip), { numRuns: GENERATED, seed }),
    ...hostileValues.map(
      ({ make }) =>
        () =>
          make(trip),
    ),
  ]
  for (const [index, make] of makers.entries()) {
    const payload = make()
    const { id, held } = await (index % 3 === 0
      ? audit.record('thing:any', payload)
      : index % 3 === 1
        ? audit.record('thing:nested', { it: payload })
        : audit.record('thing:map', payload as never))
    ids.push(id)
    if (held !== 'journal') notHeld.push(id)
  }
  await audit.close({ timeoutMs: 600_000 })
  tripped = wire.tripped
}, 1_800_000)

test('every hostile event was held, and none of its code was run', () => {
  expect(ids).toHaveLength(GENERATED + hostileValues.length)
  expect([notHeld, tripped], `seed ${seed}`).toEqual([[], []])
})

test('every event is one line of valid JSON, in order', () => {
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1)
  const parsed = lines.map((line) => JSON.parse(line) as AuditEvent)
  expect(
    parsed.filter(({ type }) => type !== 'audit').map(({ id }) => id),
    `seed ${seed}`,
  ).toEqual(ids)
  const longest = lines.reduce((most, line) => Math.max(most, Buffer.byteLength(line)), 0)
  expect(longest).toBeLessThanOrEqual(65_536)
})

test('no byte of the file moves a cursor, ends a line or reorders text', () => {
  const text = readFileSync(path, 'utf8')
  expect(text.replaceAll('\n', '')).not.toMatch(
    /[\p{Cc}\u2028\u2029\p{Bidi_Control}\u200b-\u200f\u2060-\u2064\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/u,
  )
})

/** Programs that people read their logs with, and how each counts lines or values. */
const readers = [
  ['wc', ['-l', path]],
  ['python3', ['-c', 'import sys; print(len(open(sys.argv[1], encoding="utf-8", newline="").read().splitlines()))', path]],
  [
    'python3',
    [
      '-c',
      'import json, sys; print(sum(1 for line in open(sys.argv[1], encoding="utf-8") if json.loads(line)["version"] == "1.0"))',
      path,
    ],
  ],
  ['jq', ['-n', '[inputs | select(.version == "1.0")] | length', path]],
] as const

describe('other programs count the same events', () => {
  for (const [program, args] of readers) {
    const isThere = spawnSync(program, ['--version']).error === undefined
    if (!isThere && process.env['CI'] !== 'true')
      process.stderr.write(`\nSKIPPED: '${program}' is not on the PATH, so its reading of hostile events is not tested.\n`)
    test.skipIf(!isThere && process.env['CI'] !== 'true')(`${program} ${args[0]}`, () => {
      const systemEvents = readFileSync(path, 'utf8').match(/^\{"version":"1\.0","type":"audit",/gm)!.length
      expect(Number.parseInt(execFileSync(program, args, { encoding: 'utf8', maxBuffer: 1 << 28 }), 10)).toBe(
        ids.length + systemEvents,
      )
    })
  }
})
