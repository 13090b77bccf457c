import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generateKeyPair } from '@audit/proof'
import { expect, test } from 'vitest'
import { openAudit, pickySink, recordSome, temporaryDirectory } from '../../test/real-journal.ts'
import { runAudit } from '../../test/run-audit.ts'

interface Log {
  readonly [member: string]: unknown
  readonly end: number
  readonly directory: string
}

async function logsOf(directory: string): Promise<readonly Log[]> {
  const { code, out } = await runAudit(['status', directory, '--json'])
  expect(code).toBe(0)
  return JSON.parse(out) as readonly Log[]
}

test('status shows the state of a log while it is written, and after it was closed', async () => {
  const directory = temporaryDirectory()
  const audit = openAudit(directory, { sinks: [pickySink('webhook')] })
  await recordSome(audit)
  await audit.flush()
  const [open] = await logsOf(directory)
  expect(open).toMatchObject({
    service: 'flags-api',
    state: 'running',
    owner: { pid: process.pid, term: 1, state: 'running' },
    first: 0,
    events: open!.end,
    sinks: { webhook: { offset: open!.end, lag: 0, deadLetters: 0 } },
  })
  await audit.close()
  const [closed] = await logsOf(directory)
  const unsealed = closed!['unsealed'] as number
  expect(unsealed).toBeLessThanOrEqual(1)
  expect(closed).toMatchObject({ state: 'closed', checkpoint: { size: closed!.end - unsealed, signedBy: [] } })
  const { out, error } = await runAudit(['status', directory])
  expect(out).toMatch(/^flags-api\/.* closed\n/)
  expect(out).toMatch(/ {2}checkpoint +over \d+ events, .* ago, unsigned; [01] events? unsealed/)
  expect(error).toBe('')
})

test('status shows the pending events and the dead letters of a sink', async () => {
  const directory = temporaryDirectory()
  const stuck = { name: 'stuck', write: () => new Promise<void>(() => undefined) }
  const audit = openAudit(directory, { sinks: [pickySink('webhook'), stuck] })
  await recordSome(audit)
  await audit.record('flag:created', { key: 'poison' })
  await expect.poll(async () => (await audit.deadLetters.list()).length).toBe(1)
  await expect.poll(() => audit.stats().sinks['webhook']!.pending).toBe(0)
  // The seal may add an event at any time.
  const [log] = await logsOf(directory)
  expect(log!['sinks']).toMatchObject({ webhook: { deadLetters: 1 }, stuck: { offset: 0, lag: log!.end, deadLetters: 0 } })
  const { out, error } = await runAudit(['status', directory])
  expect(out).toMatch(/'stuck' at #0, \d+ events pending/)
  expect(out).toContain("1 letter of 'webhook'")
  expect(error).toContain('health().sinks')
})

test('status shows one log, several logs, and a log with an unreadable checkpoint', async () => {
  const directory = temporaryDirectory()
  const audits = [openAudit(directory), openAudit(directory)]
  for (const audit of audits) await recordSome(audit)
  const logs = await logsOf(directory)
  expect(logs).toHaveLength(2)
  expect(await logsOf(logs[1]!.directory)).toMatchObject([{ directory: logs[1]!.directory }])
  const owner = readdirSync(logs[0]!.directory).find((name) => name.startsWith('owner.'))
  const path = join(logs[0]!.directory, owner!)
  writeFileSync(path, readFileSync(path, 'utf8').replace(/"instance":"[^"]*"/, '"instance":"else\\u001bwhere"'))
  writeFileSync(join(logs[0]!.directory, 'checkpoint'), 'none')
  expect((await logsOf(directory))[0]).toMatchObject({ state: 'unknown', checkpoint: null })
  const { out } = await runAudit(['status', directory])
  expect(out).toContain("on 'else\\u001bwhere', term 1; it is unknown if it is running")
  expect(out).toContain("it cannot be read; run 'audit verify'")
})

test('status exits 3 for a path that is not a journal', async () => {
  const directory = temporaryDirectory()
  expect(await runAudit(['status', directory])).toMatchObject({ code: 3, out: '', error: expect.stringContaining('no log') })
  expect(await runAudit(['status', `${directory}/none`])).toMatchObject({ code: 3, out: '' })
  expect((await runAudit(['status', directory, 'more'])).code).toBe(2)
})

test('status says why a log is never written again: a service began to sign, and its log was unsigned', async () => {
  const directory = temporaryDirectory()
  const unsigned = openAudit(directory)
  await recordSome(unsigned)
  await unsigned.close()
  const signed = openAudit(directory, { seal: { key: generateKeyPair('flags-api').signingKey } })
  await recordSome(signed)
  await signed.close()
  const before = (await logsOf(directory)).find(({ isDamaged }) => isDamaged)
  expect(before).toMatchObject({ state: 'damaged', isDamaged: true, damage: 'checkpoint-not-ours' })
  const { out } = await runAudit(['status', directory])
  expect(out).toContain("damaged     its checkpoint is not signed by the service's key, as after the first start with a key")
})

test('status says that parts of a log cannot be read, whatever its mark says', async () => {
  const directory = temporaryDirectory()
  const audit = openAudit(directory)
  await recordSome(audit)
  await audit.close()
  const [log] = await logsOf(directory)
  writeFileSync(join(log!.directory, 'damaged.json'), '{"reason":"constructor"}')
  expect((await runAudit(['status', directory])).out).toContain('damaged     parts of it cannot be read; it is never written')
  writeFileSync(join(log!.directory, 'damaged.json'), 'no JSON')
  expect(await logsOf(directory)).toMatchObject([{ isDamaged: true, damage: 'damaged' }])
})
