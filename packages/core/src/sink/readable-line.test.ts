import { expect, test } from 'vitest'
import { sampleEvent } from '../testing/sample-events.ts'
import { readableLine } from './readable-line.ts'

const event = sampleEvent({
  timestamp: '2026-11-22T09:00:00.123Z',
  status: 'denied',
  target: { type: 'flag', id: 'flipt' },
  reason: 'not-owner',
  metadata: { actor: { authentication: 'oidc', email: 'ada@example.com', ip: '192.0.2.1' } },
  payload: { key: 'flipt' },
})

test('a line shows the time, the event, its target, its actor, the reason of a failure, and the payload', () => {
  expect(readableLine(event, false)).toBe(
    '09:00:00.123  denied     flag:created  flipt  by ada@example.com (192.0.2.1)  not-owner  {"key":"flipt"}',
  )
})

test('colours change nothing but the colour', () => {
  const coloured = readableLine(event, true)
  // oxlint-disable-next-line no-control-regex
  expect(coloured.replaceAll(/\u001b\[\d+m/g, '')).toBe(readableLine(event, false))
  expect(coloured).toContain('\u001b[31mdenied')
})

test.each([
  [{ authentication: 'jwt', email: 'e', name: 'n', id: 'i' }, 'by e'],
  [{ authentication: 'jwt', name: 'n', id: 'i' }, 'by n'],
  [{ authentication: 'jwt', id: 'i' }, 'by i'],
  [{ authentication: 'none' }, 'by none'],
])('%j is shown as %s', (actor, shown) => {
  expect(readableLine(sampleEvent({ metadata: { actor } }), false)).toMatch(new RegExp(`${shown}(  |$)`))
})

test('no value of an event reaches a terminal unescaped', () => {
  const hostile = 'a\u001b[2J\u009b31m\r\n\u0007\u202e\u2028\u0000\u007fz'
  const line = readableLine(
    sampleEvent({
      type: hostile,
      action: hostile,
      target: { type: 'flag', id: hostile },
      reason: hostile,
      metadata: { actor: { authentication: hostile, name: hostile, ip: hostile } },
      payload: { [hostile]: hostile },
      changes: [{ path: `/${hostile}` }],
    }),
    false,
  )
  // oxlint-disable-next-line no-control-regex
  expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e]/)
  expect(line).toContain('a\\u001b[2J')
})
