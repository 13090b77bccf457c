import { AuditError, SinkError } from '@audit/core/sink'
import { errors } from 'undici'
import { RequestError } from './request-error.ts'

type Advice = readonly (readonly [codes: RegExp, advice: string])[]

const unknownAuthority = "Nobody that this machine trusts vouches for the receiver's certificate; give its authority in 'tls.ca'."

/** Only a person can put these right, whatever is brought: certificates, and what both sides understand by TLS. */
const parking: Advice = [
  [/^CERT_HAS_EXPIRED$/, "The receiver's certificate has expired."],
  [/^CERT_NOT_YET_VALID$/, "The receiver's certificate is not valid yet; check the clocks."],
  [/^CERT_REVOKED$/, "The receiver's certificate is revoked."],
  [/^(CERT_UNTRUSTED|UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT(_LOCALLY)?)$/, unknownAuthority],
  [/^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN)$/, unknownAuthority],
  [
    /^(ERR_TLS_CERT_ALTNAME_INVALID|HOSTNAME_MISMATCH)$/,
    "Its certificate is for another name; check the url or 'tls.serverName'.",
  ],
  [/^(CERT_\w+|INVALID_(CA|PURPOSE)|PATH_LENGTH_EXCEEDED)$/, "The receiver's certificate, or one above it, is not valid."],
  [/^ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST)$/, 'It does not speak TLS at that port; check the url.'],
  [/^ERR_SSL_.*(UNSUPPORTED_PROTOCOL|PROTOCOL_VERSION)$/, 'It speaks no version of TLS that is safe; it needs 1.2 or 1.3.'],
  [
    /^ERR_SSL_.*ALERT_(HANDSHAKE_FAILURE|.*CERTIFICATE.*|UNKNOWN_CA|ACCESS_DENIED)$/,
    "It refuses us; check 'tls.cert' and 'tls.key'.",
  ],
]

/** These pass, or may. */
const passing: Advice = [
  [/^ECONNREFUSED$/, 'Nothing listens there; check that the receiver runs, and the port.'],
  [/^ENOTFOUND$/, 'The name is not known; check the url and the DNS.'],
  [/^EAI_AGAIN$/, 'The DNS does not answer.'],
  [/^(ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT)$/, 'The host does not answer; check the url and the firewalls.'],
  [/^(EHOSTUNREACH|ENETUNREACH)$/, 'There is no way there; check the network.'],
  [/^EMFILE$/, 'The process has too many open files; raise its limit.'],
  [/^(ECONNRESET|EPIPE|UND_ERR_SOCKET)$/, 'The connection ended before an answer was complete.'],
  [/^UND_ERR_HEADERS_OVERFLOW$/, 'The headers of its answer are too large.'],
]

/**
 * Every error of a request becomes a SinkError, never one that blames an event. Total: what is not known is retryable. What is
 * an AuditError already stays what it is.
 */
export function classifyError(error: unknown, host: string): AuditError {
  if (AuditError.isInstance(error)) return error
  if (error instanceof RequestError) return new SinkError(`Cannot post to ${host}: ${error.message}.`, { cause: error })
  // A parser's error holds the receiver's bytes, which may hold ours: it is not passed on as the cause.
  if (error instanceof errors.HTTPParserError) return new SinkError(`Cannot post to ${host}: its answer is no HTTP/1.1.`)
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
