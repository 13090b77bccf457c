import { expect, test } from 'vitest'
import { memoryDeadLetters } from './memory-dead-letters.ts'

const letter = (sink: string, id: string) => ({ sink, id, line: `{"id":"${id}"}`, reason: 'No.', at: '2026-11-22T09:00:00.000Z' })

test('letters are listed oldest first, by sink, and removed by id', async () => {
  const letters = memoryDeadLetters()
  await letters.add([letter('a', '1'), letter('b', '1')])
  await letters.add([letter('a', '2')])
  expect((await letters.list()).map(({ sink, id }) => sink + id)).toEqual(['a1', 'b1', 'a2'])
  expect(await letters.remove('a', ['1', '7'])).toBe(1)
  expect((await letters.list('a')).map(({ id }) => id)).toEqual(['2'])
  expect(await letters.list('b')).toHaveLength(1)
})

test('full dead letters keep none of the new letters', async () => {
  const letters = memoryDeadLetters({ maxLetters: 2 })
  await letters.add([letter('a', '1')])
  await expect(letters.add([letter('a', '2'), letter('a', '3')])).rejects.toMatchObject({ code: 'AUDIT_DEAD_LETTERS_FULL' })
  expect(await letters.list()).toHaveLength(1)
})
