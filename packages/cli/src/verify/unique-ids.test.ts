import { describe, expect, test } from 'vitest'
import { eventText } from '../../test/log-states.ts'
import { EventLineReader } from './event-line.ts'
import { UniqueIds } from './unique-ids.ts'

const held = { source: 'flags-api/vm/aaaaaaaa', sequence: 4 }
const actor = { authentication: 'none' }
const released = { metadata: { actor, released: held } }

/** The sequences of the events that are found. */
function foundIn(...events: readonly object[]): readonly (number | undefined)[] {
  const ids = new UniqueIds()
  const found: (number | undefined)[] = []
  for (const event of events)
    ids.see(new EventLineReader().read(Buffer.from(`${eventText(event)}}`))!, ({ sequence }) => found.push(sequence))
  return found
}

const at = (sequence: number, members: object = {}) => ({ ...members, source: 'flags-api/vm/bbbbbbbb', sequence })

describe('events with the same id', () => {
  test('an event at another place is found, and the same event twice is not', () => {
    expect(foundIn(held, held, at(7))).toEqual([7])
  })

  test('an event and its release are not found, in any order', () => {
    expect(foundIn(held, at(7, released), at(7, released))).toEqual([])
    expect(foundIn(at(7, released), held)).toEqual([])
  })

  test('a second release is found', () => {
    expect(foundIn(held, at(7, released), at(8, released))).toEqual([8])
  })

  test('a release that names another place is found', () => {
    expect(foundIn(held, at(7, { metadata: { actor, released: { ...held, sequence: 5 } } }))).toEqual([7])
    expect(foundIn(held, at(7, { metadata: { actor, released: { source: 1, sequence: {} } } }))).toEqual([7])
  })
})
