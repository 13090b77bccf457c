import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openAudit, pickySink, recordSome, temporaryDirectory } from '../../test/real-journal.ts'
import { runAudit } from '../../test/run-audit.ts'

/** A log with the offset of a removed sink and of a configured one. */
async function withOldSink() {
  const directory = temporaryDirectory()
  const before = openAudit(directory, { sinks: [pickySink('old'), pickySink('new')] })
  await recordSome(before)
  await before.close()
  const audit = openAudit(directory, { sinks: [pickySink('new')] })
  await audit.ready()
  expect(audit.health().journal.detached).toEqual(['old'])
  return { directory, audit }
}

test('sinks forget asks the running service to forget a sink that is not configured', async () => {
  const { directory, audit } = await withOldSink()
  const ran = await runAudit(['sinks', 'forget', 'old', directory])
  expect(ran).toMatchObject({ code: 0, out: expect.stringMatching(/^flags-api\/.*: 'old' is forgotten\n$/), error: '' })
  expect(audit.health().journal.detached ?? []).toEqual([])
  const log = readdirSync(directory).find((name) => name.startsWith('flags-api-'))
  expect(readdirSync(join(directory, log!, 'commands'))).toEqual([])
  expect((await runAudit(['sinks', 'forget', 'old', directory])).code).toBe(1)
})

test('sinks forget exits 3 for a configured sink, whose offset is kept', async () => {
  const { directory } = await withOldSink()
  const ran = await runAudit(['sinks', 'forget', 'new', directory, '--json'])
  expect(ran.code).toBe(3)
  expect(JSON.parse(ran.out)).toMatchObject([{ answer: { ok: true }, problem: expect.stringContaining('is configured') }])
})

test('sinks forget exits 3 without a running service', async () => {
  const { directory, audit } = await withOldSink()
  await audit.close()
  const ran = await runAudit(['sinks', 'forget', 'old', directory])
  expect([ran.code, ran.out]).toEqual([3, ''])
  expect(ran.error).toContain('no process writes this log')
})

test('sinks forget cancels the request if the service does not answer', async () => {
  const { directory, audit } = await withOldSink()
  await audit.close()
  const name = readdirSync(directory).find((each) => each.startsWith('flags-api-'))
  const log = join(directory, name!)
  // The log looks as if its owner ran on another host.
  const owner = readdirSync(log).find((each) => each.startsWith('owner.'))
  writeFileSync(join(log, owner!), readFileSync(join(log, owner!), 'utf8').replace(/"instance":"/, '"instance":"not-'))
  const [segment] = readdirSync(join(log, 'log')).slice(-1)
  const lines = readFileSync(join(log, 'log', segment!), 'utf8').split('\n')
  // Removes audit:closed, so that the log looks open.
  writeFileSync(join(log, 'log', segment!), `${lines.slice(0, -3).join('\n')}\n`)
  const ran = await runAudit(['sinks', 'forget', 'old', directory, '--timeout', '1'])
  expect(ran.code).toBe(3)
  expect(ran.error).toMatch(/process \d+ on 'not-.*' did not answer within 1 s; the request was cancelled/)
  expect(readdirSync(join(log, 'commands'))).toEqual([])
})

test.each([[[]], [['']], [['a', 'b', 'c']], [['a', '.', '--timeout', 'x']]])('sinks forget exits 2 for %j', async (words) => {
  const directory = temporaryDirectory()
  await openAudit(directory).ready()
  const given = words.map((word) => (word === '.' ? directory : word))
  expect((await runAudit(['sinks', 'forget', ...given], { env: { AUDIT_DIRECTORY: directory } })).code).toBe(2)
})
