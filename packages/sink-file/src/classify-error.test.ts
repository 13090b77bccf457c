import { AuditError, SinkError } from '@audit/core/sink'
import { expect, test } from 'vitest'
import { classifyError } from './classify-error.ts'

test.each(['ENOSPC', 'EIO', 'EMFILE', 'EACCES', 'EROFS', 'EPIPE', 'ENEW'])(
  '%s is retryable, and the message names it',
  (code) => {
    const cause = Object.assign(new Error(`${code}: something`), { code })
    const error = classifyError(cause, '/var/log/a.log')
    expect(error).toBeInstanceOf(SinkError)
    expect(error).toMatchObject({ retryable: true, cause })
    expect(error.message).toMatch(new RegExp(`^Cannot write to /var/log/a\\.log: ${code}\\.`))
  },
)

test.each([undefined, null, 'text', 7, {}, { code: 7 }, new Error('bare')])('%o becomes a retryable SinkError', (thrown) => {
  expect(classifyError(thrown, 'a')).toMatchObject({ retryable: true, message: 'Cannot write to a: an unknown error.' })
})

test('an AuditError is returned unchanged', () => {
  const known = new AuditError('AUDIT_CLOSED', 'closed')
  expect(classifyError(known, 'a')).toBe(known)
})
