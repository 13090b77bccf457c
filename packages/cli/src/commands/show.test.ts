import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { AuditEvent } from '@audit/core'
import { expect, test } from 'vitest'
import { openAudit, recordSome, temporaryDirectory } from '../../test/real-journal.ts'
import { runAudit } from '../../test/run-audit.ts'

async function trail() {
  const directory = temporaryDirectory()
  await recordSome(openAudit(directory))
  const { out } = await runAudit(['tail', directory, '--json', '--events', 'flag:*'])
  const events = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as AuditEvent)
  return { directory, events }
}

test('show prints an attempt and its outcome together, for either id', async () => {
  const { directory, events } = await trail()
  const [attempt, outcome] = events.slice(-2) as [AuditEvent, AuditEvent]
  expect(outcome.attempt).toBe(attempt.id)
  for (const { id } of [attempt, outcome]) {
    const ran = await runAudit(['show', id.toUpperCase(), directory, '--json'])
    expect([ran.code, ran.error]).toEqual([0, ''])
    expect(JSON.parse(ran.out)).toEqual([attempt, outcome])
  }
})

test('show prints an event by its sequence, with control characters escaped', async () => {
  const { directory, events } = await trail()
  const log = readdirSync(directory).find((name) => name.startsWith('flags-api-'))
  const { sequence, id, source } = events[1]!
  const { code, out } = await runAudit(['show', String(sequence), join(directory, log!)])
  expect(code).toBe(0)
  expect(out).toMatch(/^flag:created success\n/)
  for (const part of [id, source!, '"email":"ada@example.com"', '"key":"dark"', '"id":"\\u001b[31mdark\\u202e"'])
    expect(out).toContain(part)
  for (const harmful of ['\u001b', '\u202e']) expect(out).not.toContain(harmful)
})

test.each([
  [[], 2, 'Give the id of an event, or its sequence.'],
  [['41x'], 2, "'41x' is neither the id of an event nor a sequence"],
  [['1', '.', '3'], 2, "'3' is one argument too many"],
])('show exits 2 for %j', async (words, code, said) => {
  const ran = await runAudit(['show', ...words])
  expect([ran.code, ran.out]).toEqual([code, ''])
  expect(ran.error).toContain(said)
})

test('show exits 1 if no event has the id', async () => {
  const { directory } = await trail()
  const ran = await runAudit(['show', '01a2065a-4045-701a-a01a-5a4b7edd25be', directory, '--json'])
  expect([ran.code, JSON.parse(ran.out)]).toEqual([1, []])
  expect(ran.error).toContain('there is no event 01a2065a')
})
