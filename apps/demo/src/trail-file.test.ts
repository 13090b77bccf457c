import type { AuditEvent } from '@audit/core'
import { describe, expect, test } from 'vitest'
import { compareTrail } from './trail-file.ts'

const trailOf = (...events: readonly string[]) =>
  events.map((event) => {
    const [name = '', status] = event.split(' ')
    const [type, action] = name.split(':')
    return { type, action, status } as AuditEvent
  })

const created = 'flag:created success'
const deleted = 'flag:deleted success'

describe('compareTrail', () => {
  test.each<[what: string, found: string[], expected: string[], problems: string[]]>([
    ['no events if none were expected', [], [], []],
    ['all, in order', [created, deleted], [created, deleted], []],
    ['one missing', [created], [created, deleted], [`missing: ${deleted}`]],
    ['one too many', [created, created], [created], [`unexpected: ${created}`]],
    ['another outcome', ['flag:created failure'], [created], [`missing: ${created}`, 'unexpected: flag:created failure']],
    ['another order', [deleted, created], [created, deleted], ['The events are out of order.']],
  ])('compareTrail() recognises %s', (_, found, expected, problems) => {
    expect(compareTrail(trailOf(...found), expected)).toEqual(problems)
  })
})
