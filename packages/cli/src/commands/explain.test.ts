import { expect, test } from 'vitest'
import { openAudit, recordSome, temporaryDirectory } from '../../test/real-journal.ts'
import { runAudit } from '../../test/run-audit.ts'

async function journal(): Promise<string> {
  const directory = temporaryDirectory()
  await recordSome(openAudit(directory))
  return directory
}

test('counts what the trail knows of an event', async () => {
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

test('says in words what each status means', async () => {
  const { out } = await runAudit(['explain', 'flag:deleted', await journal()])
  expect(out).toContain('flag:deleted: 4 events from ')
  expect(out).toMatch(/^ {2}denied +1 {2}was refused: whoever tried was not allowed to$/m)
  expect(out).toMatch(/^ {2}u_2 +4$/m)
})

test('knows the facts of the library', async () => {
  const { code, out } = await runAudit(['explain', 'audit:opened', await journal()])
  expect(code).toBe(0)
  expect(out).toContain('A process opened the trail.')
})

test('of an event that is not there: 1', async () => {
  const { code, error } = await runAudit(['explain', 'flag:renamed', await journal()])
  expect(code).toBe(1)
  expect(error).toContain('there is no flag:renamed')
})

test.each([[[]], [['flag']], [['flag:*']], [['Flag:Deleted']]])('%j is wrong use', async (words) => {
  expect((await runAudit(['explain', ...words])).code).toBe(2)
})
