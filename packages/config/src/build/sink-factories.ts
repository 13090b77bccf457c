import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { AuditError, consoleSink, type AuditEvent, type Sink } from '@audit/core'
import type { EventFormat } from '@audit/core/sink'
import type { SinkConfig, SinkType } from '../schema/config-schema.ts'
import type { RotateConfig } from '../schema/file-sink-schema.ts'
import type { TlsConfig } from '../schema/webhook-sink-schema.ts'
import { defined } from './defined.ts'
import { requirePackage } from './load-package.ts'

type Config<Type extends SinkType> = Extract<SinkConfig, { readonly type?: Type | undefined }>
/** Resolves with a sink. Rejects with an AuditError if its package is not installed, or if the sink refuses the settings. */
type SinkFactory<Type extends SinkType> = (config: Config<Type>, surroundings: Surroundings) => Promise<Sink>

interface Surroundings {
  readonly directory: string
  /** Sent instead of the event, if the configuration has no `body` of its own. */
  readonly body: ((event: AuditEvent) => unknown) | undefined
}

export const sinkFactories: { readonly [Type in SinkType]: SinkFactory<Type> } = {
  async file({ path, stdout, format, mode, fsync, rotate, reopenOn, symbolicLinks, lock }, { directory }) {
    const { fileSink } = await requirePackage('@audit/sink-file', directory)
    const target = path === undefined ? { stdout: stdout as true } : { path: resolve(directory, path) }
    return fileSink({
      ...target,
      ...(isOther(format) && { format: await logFormat(format, path === undefined, directory) }),
      ...defined({ mode, fsync, reopenOn, symbolicLinks, lock, rotate: rotate && rotateOptions(rotate) }),
    })
  },

  async webhook(config, { directory, body: given }) {
    const { webhookSink } = await requirePackage('@audit/sink-webhook', directory)
    const {
      url,
      secret,
      format,
      encoding,
      body = given,
      statuses,
      headers,
      allow,
      connectTimeout,
      headersTimeout,
      timeout,
    } = config
    const tls = config.tls && (await readTls(config.tls, directory))
    return webhookSink({
      url,
      ...(isOther(format) ? await webhookFormat(secret, directory) : defined({ secret })),
      ...defined({ encoding, body, headers, allow, tls }),
      ...defined({ connectTimeoutMs: connectTimeout, headersTimeoutMs: headersTimeout, timeoutMs: timeout }),
      ...(body !== undefined && defined({ statuses })),
    })
  },

  async console({ format, colour }) {
    return consoleSink(defined({ format, colour }))
  },

  async sqlite({ path, maxExamined, lockTimeout }, { directory }) {
    const { sqliteStore } = await requirePackage('@audit/store-sqlite', directory)
    return sqliteStore({ path: resolve(directory, path), ...defined({ maxExamined, lockTimeoutMs: lockTimeout }) })
  },
}

function rotateOptions({ maxBytes, every, keepFiles, keepFor, gzip }: RotateConfig) {
  const period = typeof every === 'number' ? { everyMs: every } : { every }
  return defined({ maxBytes, ...period, keepFiles, keepMs: keepFor, gzip })
}

/** True for a format that is not ours. */
function isOther<Format extends string>(format: Format | undefined): format is Exclude<Format, 'native'> {
  return format !== undefined && format !== 'native'
}

async function logFormat(format: 'flipt' | 'flipt-console', stdout: boolean, directory: string): Promise<EventFormat> {
  const { fliptLogFormat } = await requirePackage('@audit/flipt', directory, 'format')
  return fliptLogFormat({ encoding: format === 'flipt' ? 'json' : 'console', stdout })
}

async function webhookFormat(secret: string | readonly string[] | undefined, directory: string) {
  const { fliptSigner, fliptWebhookFormat } = await requirePackage('@audit/flipt', directory, 'format')
  return { format: fliptWebhookFormat, ...(secret !== undefined && { sign: fliptSigner(secret) }) }
}

/** Reads PEM texts or files: orchestrators mount certificates as files, and platforms pass them as text. */
async function readTls({ ca, cert, key, passphrase, serverName }: TlsConfig, directory: string) {
  const read = async (name: string, given: string | undefined) => {
    if (given === undefined || given.includes('-----BEGIN ')) return given
    return readFile(resolve(directory, given), 'utf8').catch((error: NodeJS.ErrnoException) => {
      throw notReadable(name, error)
    })
  }
  return defined({
    ca: await read('ca', ca),
    cert: await read('cert', cert),
    key: await read('key', key),
    passphrase,
    serverName,
  })
}

/** Does not show the given value: it may be a key whose first line is missing. */
function notReadable(part: string, { code = 'unknown error' }: NodeJS.ErrnoException): AuditError {
  const problem = `tls.${part}: it is neither PEM text nor a file that can be read (${code})`
  return new AuditError('AUDIT_INVALID_OPTIONS', problem, { problems: [problem] })
}
