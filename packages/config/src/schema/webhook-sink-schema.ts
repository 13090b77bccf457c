import { z } from 'zod'
import { sinkEntryShape, type SinkEntryConfig } from './sink-entry-schema.ts'
import { choice, duration, text } from './values.ts'

const timeout = { min: 1, max: 600_000 }

const secretError = 'give a secret, or a list of them'
const secret = z
  .union(
    [
      z.string(secretError).min(1, secretError),
      z.array(z.string(secretError).min(1, secretError), secretError).min(1, secretError),
    ],
    { error: secretError },
  )
  // One variable may hold several secrets. Secrets of another format are any text, so only ours are split.
  .transform((given) =>
    typeof given === 'string' && /^whs[ek]c?_\S+([\s,]+whs[ek]c?_\S+)+$/.test(given) ? given.split(/[\s,]+/) : given,
  )
  .describe(
    'Signs requests: whsec_… or whsk_…, several while one is rotated. Best from the environment: ${AUDIT_WEBHOOK_SECRET}.',
  )

/** Times in milliseconds. */
export interface WebhookSinkConfig extends SinkEntryConfig {
  readonly type?: 'webhook' | undefined
  readonly url: string
  readonly secret?: string | readonly string[] | undefined
  readonly format?: 'native' | 'flipt' | undefined
  readonly encoding?: 'array' | 'ndjson' | 'event' | undefined
  readonly body?: string | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly allow?: 'any' | 'public' | undefined
  readonly tls?: TlsConfig | undefined
  readonly connectTimeout?: number | undefined
  readonly headersTimeout?: number | undefined
  readonly timeout?: number | undefined
}

/** `ca`, `cert` and `key`: PEM text, or the path of a file with it. */
export interface TlsConfig {
  readonly ca?: string | undefined
  readonly cert?: string | undefined
  readonly key?: string | undefined
  readonly passphrase?: string | undefined
  readonly serverName?: string | undefined
}

export const webhookSinkSchema: z.ZodObject = z
  .strictObject({
    type: z.literal('webhook', { error: "give 'webhook', or leave it out" }).optional(),
    ...sinkEntryShape,
    url: text('The receiver, http or https.', { max: 8_192 }).refine(isHttpUrl, 'give an http or https URL'),
    secret: secret.optional(),
    format: choice(['native', 'flipt'], 'Others than native need @audit/flipt. Default native.').optional(),
    encoding: choice(
      ['array', 'ndjson', 'event'],
      'A batch as JSON array or NDJSON, or one request per event. Default array.',
    ).optional(),
    body: text('A message template, one request per event: \'{"text":"{{ target.id }} deleted"}\'.').optional(),
    headers: z
      .record(z.string().min(1), z.string({ error: 'give a text' }), { error: 'give a mapping of names to texts' })
      .describe('Headers of every request.')
      .optional(),
    allow: choice(
      ['any', 'public'],
      'public: for URLs that tenants give; nothing inside the network is reached. Default any.',
    ).optional(),
    tls: z
      .strictObject({
        ca: text('The certificate authorities to trust: PEM, or the path of a file with it.').optional(),
        cert: text('The client certificate: PEM, or the path of a file with it.').optional(),
        key: text("The client certificate's key: PEM, or the path of a file with it.").optional(),
        passphrase: text('The passphrase of the key.').optional(),
        serverName: text('The name the certificate must have, if it is not the host of the URL.').optional(),
      })
      .optional(),
    connectTimeout: duration(timeout, 'The time limit for the connection. Default 5s.').optional(),
    headersTimeout: duration(timeout, 'The time limit for the headers of the answer. Default 10s.').optional(),
    timeout: duration(timeout, 'The time limit for the whole request. Default 15s.').optional(),
  })
  .describe('Posts events to a URL, signed. Needs @audit/sink-webhook.') satisfies z.ZodType<WebhookSinkConfig>

function isHttpUrl(written: string): boolean {
  const url = URL.parse(written)
  return url?.protocol === 'http:' || url?.protocol === 'https:'
}
