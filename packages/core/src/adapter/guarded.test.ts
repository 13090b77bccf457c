import { expect, test } from 'vitest'
import { defineEvents } from '../event/catalog.ts'
import { noPayload } from '../event/schema.ts'
import { auditRecorder } from '../testing/recorder.ts'
import { guarded } from './guarded.ts'

function audited() {
  const said: string[] = []
  const logger = { warn: () => undefined, error: (message: string) => void said.push(message) }
  return { said, audit: auditRecorder({ events: defineEvents({ flag: { created: noPayload } }), logger }) }
}

const faults: [how: string, work: () => unknown][] = [
  [
    'throws',
    () => {
      throw new URIError('%E0 hunter2')
    },
  ],
  ['rejects', () => Promise.reject(new URIError('%E0 hunter2'))],
  ['throws later', async () => JSON.parse(await Promise.resolve('{')) as unknown],
  [
    'throws what is not an error',
    () => {
      throw Object.create(null)
    },
  ],
]

test.each(faults)('work that %s throws nothing, and is reported by the class of the error', async (_, work) => {
  const { audit, said } = audited()
  await expect(Promise.resolve(guarded(audit, 'the close of a response', work))).resolves.toBeUndefined()
  expect(said).toEqual([expect.stringContaining('The adapter could not record the close of a response: ')])
  expect(said[0]).not.toContain('hunter2')
})

test('work without an error returns its result', async () => {
  const { audit, said } = audited()
  expect(guarded(audit, 'x', () => 1)).toBe(1)
  expect(await guarded(audit, 'x', () => Promise.resolve(2))).toBe(2)
  expect(said).toEqual([])
})
