import { X509Certificate } from 'node:crypto'
import { createSecureContext, type SecureContext } from 'node:tls'

/** PEM text; may contain several certificates. */
export type Pem = string | Buffer

export interface WebhookTlsOptions {
  /** Certificate authorities to trust, instead of Node's. */
  readonly ca?: Pem | readonly Pem[] | undefined
  /** Our certificate, for receivers that ask for one, and its key. */
  readonly cert?: Pem | undefined
  readonly key?: Pem | undefined
  readonly passphrase?: string | undefined
  /** The name in the receiver's certificate, if it is not the host of the url. */
  readonly serverName?: string | undefined
}

/** Creates the TLS settings: 1.2 or newer, whatever the environment says. Throws on invalid options, without showing a value. */
export function secureContextOf({ ca, cert, key, passphrase }: WebhookTlsOptions = {}): SecureContext {
  const authorities = ca === undefined ? undefined : [ca].flat()
  if (!authorities?.every(isCertificate) && authorities) throw new Error("'ca' holds no certificate in PEM")
  if (cert !== undefined && !isCertificate(cert)) throw new Error("'cert' holds no certificate in PEM")
  if ((cert === undefined) !== (key === undefined)) throw new Error("'cert' and 'key' go together")
  try {
    return createSecureContext({ minVersion: 'TLSv1.2', ca: authorities, cert, key, passphrase })
  } catch (error) {
    throw new Error(problemOf(error), { cause: error })
  }
}

function problemOf(error: unknown): string {
  const code = (error as { code?: string }).code ?? ''
  if (code === 'ERR_OSSL_X509_KEY_VALUES_MISMATCH') return "'key' is not the key of 'cert'"
  return `'key' cannot be read (${code}); check that it is PEM and the passphrase is right`
}

function isCertificate(pem: string | Buffer): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0
  } catch {
    return false
  }
}
