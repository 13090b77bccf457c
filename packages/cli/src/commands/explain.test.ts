import { expect, test } from 'vitest'
import { openAudit, recordSome, temporaryDirectory } from '../../test/real-journal.ts'
import { runAudit } from '../../test/run-audit.ts'

async function journal(): Promise<string> {
  const directory = temporaryDirectory()
  await recordSome(openAudit(directory))
  return directory
}

test('explain counts an event by status, actor and payload member', async () => {
  const ran = await runAudit(['explain', 'flag:deleted', await journal(), '--json'])
  expect([ran.code, ran.error]).toEqual([0, ''])
  expect(JSON.parse(ran.out)).toEqual({
    event: 'flag:deleted',
    events: 4,
    first: expect.stringMatching(/^\d{4}-.*Z$/),
    last: expect.stringMatching(/^\d{4}-.*Z$/),
    statuses: { success: 2, denied: 1, attempted: 1 },
    actors: { u_2: 4 },
    payload: { key: 3 },
  })
})

test('explain shows the meaning of each status', async () => {
  const { out } = await runAudit(['explain', 'flag:deleted', await journal()])
  expect(out).toContain('flag:deleted: 4 events from ')
  expect(out).toMatch(/^ {2}denied +1 {2}was refused: the actor was not allowed to do it$/m)
  expect(out).toMatch(/^ {2}u_2 +4$/m)
})

test('explain shows the meaning of a system event', async () => {
  const { code, out } = await runAudit(['explain', 'audit:opened', await journal()])
  expect(code).toBe(0)
  expect(out).toContain('A process opened the trail.')
})

test('explain exits 1 if the trail does not have the event', async () => {
  const { code, error } = await runAudit(['explain', 'flag:renamed', await journal()])
  expect(code).toBe(1)
  expect(error).toContain('there is no event flag:renamed')
})

test.each([[[]], [['flag']], [['flag:*']], [['Flag:Deleted']]])('explain exits 2 for %j', async (words) => {
  expect((await runAudit(['explain', ...words])).code).toBe(2)
})
