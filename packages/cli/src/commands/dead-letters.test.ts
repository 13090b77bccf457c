import type { AuditEvent } from '@audit/core'
import { describe, expect, test } from 'vitest'
import { openAudit, pickySink, temporaryDirectory } from '../../test/real-journal.ts'
import { runAudit } from '../../test/run-audit.ts'

async function withLetters() {
  const directory = temporaryDirectory()
  const sink = pickySink('webhook')
  const audit = openAudit(directory, { sinks: [sink] })
  for (const key of ['one', 'poison 1', 'poison \u001b2']) await audit.record('flag:created', { key })
  await audit.flush()
  expect(await audit.deadLetters.list()).toHaveLength(2)
  return { directory, sink, audit }
}

interface Letter {
  readonly id: string
  readonly source: string
  readonly sink: string
  readonly reason: string
  readonly event: AuditEvent
}

const list = async (directory: string, ...words: string[]) =>
  JSON.parse((await runAudit(['dead-letters', 'list', directory, '--json', ...words])).out) as readonly Letter[]

describe('dead-letters list', () => {
  test('dead-letters list shows the refused events with the reasons', async () => {
    const { directory } = await withLetters()
    const letters = await list(directory)
    expect(letters.map(({ event }) => event.payload)).toEqual([{ key: 'poison 1' }, { key: 'poison \u001b2' }])
    const { code, out, error } = await runAudit(['dead-letters', 'list', directory, '--sink', 'webhook'])
    expect([code, error]).toEqual([0, ''])
    expect(out.trimEnd().split('\n')).toEqual(
      letters.map(({ id, reason }) => expect.stringMatching(new RegExp(`^\\S+Z  webhook  ${id}  flag:created  ${reason}$`))),
    )
    expect(await list(directory, '--sink', 'another')).toEqual([])
  })

  test('dead-letters list reports that there are no dead letters, and exits 3 without a journal', async () => {
    const directory = temporaryDirectory()
    expect((await runAudit(['dead-letters', 'list', directory])).code).toBe(3)
    await openAudit(directory).ready()
    expect(await runAudit(['dead-letters', 'list', directory])).toEqual({
      code: 0,
      out: '',
      error: 'There are no dead letters.\n',
    })
    expect((await runAudit(['dead-letters', 'list', directory, 'more'])).code).toBe(2)
  })
})

describe('dead-letters replay', () => {
  test('dead-letters replay exits 1 if the sink refuses the letters again, which then stay', async () => {
    const { directory } = await withLetters()
    const { code, out } = await runAudit(['dead-letters', 'replay', directory, '--sink', 'webhook'])
    expect(out).toMatch(/0 replayed, 2 refused\n$/)
    expect(code).toBe(1)
    expect(await list(directory)).toHaveLength(2)
  })

  test('dead-letters replay asks the running service to send one letter again, then all', async () => {
    const { directory, sink } = await withLetters()
    sink.isPicky = false
    const [first] = await list(directory)
    const one = await runAudit(['dead-letters', 'replay', directory, '--sink', 'webhook', '--id', first!.id])
    expect(one).toEqual({ code: 0, out: `${first!.source}: 1 replayed, 0 refused\n`, error: '' })
    expect(await list(directory)).toHaveLength(1)
    const rest = await runAudit(['dead-letters', 'replay', directory, '--sink', 'webhook', '--json'])
    expect(JSON.parse(rest.out)).toEqual([{ source: first!.source, answer: { ok: true, result: { replayed: 1, refused: 0 } } }])
    expect(await list(directory)).toEqual([])
    expect((await runAudit(['dead-letters', 'replay', directory, '--sink', 'webhook'])).code).toBe(1)
  })

  test('dead-letters replay exits 3 without a running service', async () => {
    const { directory, audit } = await withLetters()
    await audit.close()
    const ran = await runAudit(['dead-letters', 'replay', directory, '--sink', 'webhook'])
    expect([ran.code, ran.out]).toEqual([3, ''])
    expect(ran.error).toContain('no process writes this log')
    expect(await list(directory)).toHaveLength(2)
  })
})

describe('dead-letters purge', () => {
  test('dead-letters purge removes letters, and the trail records the requester', async () => {
    const { directory } = await withLetters()
    const [first] = await list(directory)
    const words = ['dead-letters', 'purge', directory, '--sink', 'webhook', '--by', 'ada@example.com']
    expect(await runAudit([...words, '--id', first!.id])).toMatchObject({ code: 0, out: `${first!.source}: 1 purged\n` })
    const { out } = await runAudit(['tail', directory, '--events', 'audit:purged', '--json'])
    expect((JSON.parse(out) as AuditEvent).payload).toMatchObject({
      via: 'file',
      claimedBy: 'ada@example.com',
      count: 1,
      ids: [first!.id],
    })
    expect((await runAudit([...words, '--id', first!.id])).code).toBe(1)
    expect(await list(directory)).toHaveLength(1)
  })
})

test.each([
  [['replay'], '--sink is missing'],
  [['replay', '--sink', 'a', '--id', ''], '--id: the value is empty'],
  [['replay', '--sink', 'webhook', '--timeout', '0'], '--timeout: give a whole number'],
  [['replay', '--sink', 'webhook', '--timeout', 'long'], '--timeout: give a whole number'],
  [['replay', '--sink', 'a', '--force'], '--by is missing'],
  [['purge', '--sink', 'a'], '--by is missing'],
  [['purge', '--by', 'a'], '--sink is missing'],
])('dead-letters exits 2 for %j', async (words, said) => {
  const directory = temporaryDirectory()
  await openAudit(directory).ready()
  const ran = await runAudit(['dead-letters', ...words], { env: { AUDIT_DIRECTORY: directory } })
  expect([ran.code, ran.out]).toEqual([2, ''])
  expect(ran.error).toContain(said)
})
