import { AuditError, SinkError } from '@audit/core/sink'
import { errors } from 'undici'
import { RequestError } from './request-error.ts'

type Advice = readonly (readonly [codes: RegExp, advice: string])[]

const unknownAuthority = "The receiver's certificate is not signed by a trusted CA; give the CA in 'tls.ca'."

/** A person must correct these, whatever the events are: certificates, and TLS settings of both sides. */
const parking: Advice = [
  [/^CERT_HAS_EXPIRED$/, "The receiver's certificate has expired."],
  [/^CERT_NOT_YET_VALID$/, "The receiver's certificate is not valid yet; check the clocks."],
  [/^CERT_REVOKED$/, "The receiver's certificate is revoked."],
  [/^(CERT_UNTRUSTED|UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT(_LOCALLY)?)$/, unknownAuthority],
  [/^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN)$/, unknownAuthority],
  [
    /^(ERR_TLS_CERT_ALTNAME_INVALID|HOSTNAME_MISMATCH)$/,
    "The receiver's certificate is for another name; check the url or 'tls.serverName'.",
  ],
  [/^(CERT_\w+|INVALID_(CA|PURPOSE)|PATH_LENGTH_EXCEEDED)$/, "The receiver's certificate, or one above it, is not valid."],
  [
    /^ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST)$/,
    'The receiver does not speak TLS at that port; check the url.',
  ],
  [/^ERR_SSL_.*(UNSUPPORTED_PROTOCOL|PROTOCOL_VERSION)$/, 'The receiver supports no safe version of TLS; it needs 1.2 or 1.3.'],
  [
    /^ERR_SSL_.*ALERT_(HANDSHAKE_FAILURE|.*CERTIFICATE.*|UNKNOWN_CA|ACCESS_DENIED)$/,
    "The receiver refused the TLS handshake; check 'tls.cert' and 'tls.key'.",
  ],
]

/** A retry may solve these. */
const passing: Advice = [
  [/^ECONNREFUSED$/, 'Nothing listens at that port; check that the receiver runs, and the port of the url.'],
  [/^ENOTFOUND$/, 'The host name is unknown; check the url and the DNS.'],
  [/^EAI_AGAIN$/, 'The DNS does not answer.'],
  [/^(ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT)$/, 'The host does not answer; check the url and the firewalls.'],
  [/^(EHOSTUNREACH|ENETUNREACH)$/, 'The network has no route to the host; check the network.'],
  [/^EMFILE$/, 'The process has too many open files; raise its limit.'],
  [/^(ECONNRESET|EPIPE|UND_ERR_SOCKET)$/, 'The connection ended before an answer was complete.'],
  [/^UND_ERR_HEADERS_OVERFLOW$/, 'The headers of the answer are too large.'],
]

/**
 * Turns every error of a request into a SinkError that refuses no event. Total: an unknown error is retryable. Returns an
 * AuditError unchanged.
 */
export function classifyError(error: unknown, host: string): AuditError {
  if (AuditError.isInstance(error)) return error
  if (error instanceof RequestError) return new SinkError(`Cannot post to ${host}: ${error.message}.`, { cause: error })
  // A parser's error contains the receiver's bytes, which may contain ours, so it is not kept as the cause.
  if (error instanceof errors.HTTPParserError) return new SinkError(`Cannot post to ${host}: its answer is not HTTP/1.1.`)
  const code = codeOf(error)
  if (code === undefined) return new SinkError(`Cannot post to ${host}: an unknown error.`, { cause: error })
  const parks = adviceOn(code, parking)
  const text = `Cannot post to ${host}: ${code}. ${parks ?? adviceOn(code, passing) ?? ''}`.trim()
  return new SinkError(text, { parks: parks !== undefined, cause: error })
}

function adviceOn(code: string, table: Advice): string | undefined {
  return table.find(([codes]) => codes.test(code))?.[1]
}

function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null | undefined)?.code
  return typeof code === 'string' && /^[\w/]{1,80}$/.test(code) ? code : undefined
}
