import { inspect } from 'node:util'
import { AuditError, SinkError } from '@audit/core/sink'
import { errors } from 'undici'
import { expect, test } from 'vitest'
import { classifyError } from './classify-error.ts'
import { RequestError } from './request-error.ts'

const failure = (code: string) => Object.assign(new Error(`${code}: something`), { code })

test.each([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EMFILE',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_SOCKET',
  'UND_ERR_HEADERS_OVERFLOW',
])('%s is retryable, and the message names it and gives advice', (code) => {
  const cause = failure(code)
  const error = classifyError(cause, 'a:1')
  expect(error).toBeInstanceOf(SinkError)
  expect(error).toMatchObject({ retryable: true, parks: false, cause })
  expect(error.message).toMatch(new RegExp(`^Cannot post to a:1: ${code}\\. [A-Z].{10,}\\.$`))
})

test.each([
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_REVOKED',
  'CERT_UNTRUSTED',
  'CERT_REJECTED',
  'CERT_SIGNATURE_FAILURE',
  'CERT_CHAIN_TOO_LONG',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'HOSTNAME_MISMATCH',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_UNSUPPORTED_PROTOCOL',
  'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
  'ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE',
  'ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE',
  'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
  'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA',
])('%s parks the sink, and the message names it and gives advice', (code) => {
  const error = classifyError(failure(code), 'a:1')
  expect(error).toMatchObject({ retryable: false, parks: true })
  expect(error.message).toMatch(new RegExp(`^Cannot post to a:1: ${code}\\. [A-Z].{10,}\\.$`))
})

test.each(['ENEW', 'UND_ERR_NEW', 'ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC', 'ERR_ASSERTION'])(
  'the unknown code %s is retryable',
  (code) => {
    expect(classifyError(failure(code), 'a')).toMatchObject({ retryable: true, message: `Cannot post to a: ${code}.` })
  },
)

test.each([undefined, null, 'text', 7, {}, { code: 7 }, { code: 'not a code' }, new Error('bare')])(
  '%o becomes a retryable SinkError',
  (thrown) => {
    expect(classifyError(thrown, 'a')).toMatchObject({ retryable: true, message: 'Cannot post to a: an unknown error.' })
  },
)

test('the error of a request that we ended gives the reason', () => {
  const error = classifyError(new RequestError('no answer came within 10000 ms'), 'a')
  expect(error).toMatchObject({ retryable: true, message: 'Cannot post to a: no answer came within 10000 ms.' })
})

test("the error of an unreadable answer does not contain the answer's bytes, which may quote the event", () => {
  const error = classifyError(Object.assign(new errors.HTTPParserError('text'), { data: 'quoted' }), 'a')
  expect(error).toMatchObject({ retryable: true })
  expect(error).not.toHaveProperty('cause')
  expect(inspect(error, { showHidden: true })).not.toContain('quoted')
})

test('an AuditError is returned unchanged', () => {
  const known = new AuditError('AUDIT_CLOSED', 'closed')
  expect(classifyError(known, 'a')).toBe(known)
})
