import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { AuditEvent } from '@audit/core'
import { checked, honestJournal, keys, segmentsIn, temporaryDirectory } from '../test/honest-journal.ts'
import { eventText } from '../test/log-states.ts'
import { runAudit } from '../test/run-audit.ts'
import { actorOf, lineOf, nameOf, pageOf } from './event-text.ts'
import { printable } from './printable.ts'
import { painter } from './terminal.ts'
import { statementsIn } from './verify/system-events.ts'

// A line of a trail may have any JSON where an event has text. Anyone who may write the files can make such a line.

const hostileValues: readonly unknown[] = [
  { toString: 1, valueOf: 1 },
  { toString: null },
  { toJSON: 1 },
  { length: 1e9 },
  [{ toString: 1 }],
  [],
  null,
  true,
  -0,
  1e300,
  '__proto__',
  'constructor',
  'toString',
  '\u001b[2J\u202e',
  '\ud800',
]
const hostile = fc.oneof(fc.constantFrom(...hostileValues), fc.jsonValue({ maxDepth: 3 }))
const perhaps = fc.option(hostile, { nil: undefined })
const actor = fc.record({ authentication: perhaps, id: perhaps, email: perhaps, name: perhaps, onBehalfOf: perhaps })
const event = fc.record({
  version: fc.constant('1.0'),
  type: fc.constantFrom('flag', 'audit', '__proto__'),
  action: fc.constantFrom('sealed', 'recovered', 'trimmed', 'expired', 'deleted', 'constructor'),
  metadata: fc.record({ actor, tenant: perhaps, released: perhaps }),
  payload: fc.oneof(perhaps, fc.record({ origin: perhaps, size: perhaps, frontier: perhaps, source: perhaps, ranges: perhaps })),
  timestamp: fc.string(),
  id: fc.string(),
  status: fc.constantFrom('success', '__proto__', 'constructor', 'toString'),
  target: perhaps,
  reason: perhaps,
  attempt: perhaps,
  source: fc.constant('a/b/c'),
  sequence: fc.nat(),
})

describe('values of a line that are not what an event has', () => {
  test('every event of a line is printed, in one line, without a control character', () => {
    fc.assert(
      fc.property(event, fc.boolean(), (given, isTerminal) => {
        const shown = { ...(JSON.parse(JSON.stringify(given)) as AuditEvent), proven: false }
        const texts = [nameOf(shown), actorOf(shown), lineOf(shown, painter(false)), ...pageOf(shown, painter(false))]
        for (const text of texts) expect(text).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u)
        expect(lineOf(shown, painter(isTerminal))).toBeTypeOf('string')
      }),
    )
  })

  test('any value is printable', () => {
    fc.assert(fc.property(hostile, (value) => void expect(printable(value)).toBeTypeOf('string')))
  })

  test('statements are read from any payload', () => {
    fc.assert(
      fc.property(event, ({ action, ...rest }) => {
        expect(statementsIn(action, Buffer.from(JSON.stringify({ action, ...rest })))).toBeInstanceOf(Array)
      }),
    )
  })
})

describe('commands on a journal with such lines', () => {
  const wrong = { toString: 1, valueOf: 1 }
  const metadata = { actor: { authentication: 'none' } }
  const lines: readonly (readonly [string, object])[] = [
    ['email', { metadata: { actor: { email: wrong } } }],
    ['tenant', { metadata: { ...metadata, tenant: wrong } }],
    ['onBehalfOf', { metadata: { actor: { id: 'u', onBehalfOf: { id: wrong } } } }],
    ['target', { target: { type: wrong, id: wrong } }],
    ['reason', { reason: wrong }],
    ['status', { status: 'constructor' }],
    ['seal', { type: 'audit', action: 'sealed', payload: { origin: 'x', size: 1, checkpoint: 'x\n1\n\n', frontier: [wrong] } }],
    ['size of a seal', { type: 'audit', action: 'sealed', payload: { size: wrong } }],
    ['missing payload', { type: 'audit', action: 'opened', payload: undefined }],
    ['ranges', { type: 'audit', action: 'expired', payload: { source: 'x', ranges: [null, wrong, 1] } }],
    ['time', { timestamp: '\u001b[2J' }],
  ]

  test.each(lines)('no command fails because of the %s of a line', async (_, members) => {
    const { root, log, source } = await honestJournal({ runs: [2] })
    const sequence = (await runAudit(['tail', root, '--json', '--events', '*:*'])).out.trimEnd().split('\n').length
    appendFileSync(segmentsIn(log).at(-1)!, `${checked(eventText({ ...members, source, sequence }))}\n`)
    for (const words of [
      ['verify', root, '--key', keys.verifierKey, '--unique-ids'],
      ['tail', root, '--key', keys.verifierKey, '--events', '*:*'],
      ['tail', root, '--actor', 'x', '--tenant', 'y', '--target', 'a/b', '--since', '2020-01-01'],
      ['tail', root, '--json'],
      ['show', String(sequence), root],
      ['explain', 'flag:deleted', root],
      ['status', root],
      ['prove', String(sequence), root, '--out', join(temporaryDirectory(), 'x')],
    ]) {
      const { out, error } = await runAudit(words)
      expect(out + error, words[0]).not.toMatch(/\n\s+at /)
      expect(out + error, words[0]).not.toContain('\u001b')
    }
  })

  test('dead letters whose event is not JSON are listed', async () => {
    const { root, log } = await honestJournal({ runs: [2] })
    mkdirSync(join(log, 'dead-letters'), { recursive: true })
    const letter = (event: string) => `${checked(`{"sink":"s","id":"i","reason":"r","at":"t","event":${event}`)}\n`
    writeFileSync(join(log, 'dead-letters', 's.ndjson'), letter('{"x":') + letter('5') + letter('null'))
    expect(await runAudit(['dead-letters', 'list', root])).toMatchObject({ code: 0, error: '' })
  })
})
