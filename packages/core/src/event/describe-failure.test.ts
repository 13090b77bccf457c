import { expect, test } from 'vitest'
import { AuditError } from '../errors.ts'
import { describeFailure } from './describe-failure.ts'

const here = String.raw`at .*describe-failure\.test\.ts:\d+:\d+\)?$`

function thrownBy(callback: () => unknown): unknown {
  try {
    return callback()
  } catch (error) {
    return error
  }
}

test.each([
  ['TypeError', "Cannot read properties of undefined (reading 'map')", () => (undefined as never as number[]).map(String)],
  ['TypeError', 'send is not a function', (send = 1 as never as () => void) => send()],
  ['ReferenceError', 'clinet is not defined', () => new Function('return clinet')()],
])('a mistake in the code of a sink is shown to its author: %s', (kind, message, mistake) => {
  const described = describeFailure(thrownBy(mistake as () => unknown))
  expect(described.startsWith(`${kind} (${message}) at `)).toBe(true)
})

test('the place that threw is shown, and the message is not, since it may quote an event', () => {
  const described = describeFailure(new Error('secret\n    at secret.js:1:1'))
  expect(described).toMatch(new RegExp(`^Error ${here}`))
  expect(described).not.toContain('secret')
})

test.each([
  [Object.assign(new Error('secret'), { code: 'ECONNREFUSED' }), 'Error ECONNREFUSED'],
  [new AuditError('AUDIT_TIMEOUT', 'It did not open.'), 'It did not open'],
  [Object.assign(new Error('secret'), { stack: undefined }), 'Error'],
  [Object.assign(new Error('secret'), { stack: 'secret' }), 'Error'],
  [{ message: 'secret' }, 'Object'],
  ['secret', 'string'],
  [undefined, 'undefined'],
])('%o is described as %j', (error, described) => {
  expect(describeFailure(error)).toBe(described)
})

test('a stack that cannot be read is left out', () => {
  const error = Object.defineProperty(new Error('secret'), 'stack', {
    get() {
      throw new Error('secret')
    },
  })
  expect(describeFailure(error)).toBe('Error')
})
