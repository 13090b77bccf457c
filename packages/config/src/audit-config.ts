import type { Anchor, AuditOptions, FailMode, Journal, Logger, RedactionOptions, SealOptions, SinkEntry } from '@audit/core'

/** The options of `createAudit` that `loadAuditConfig` reads from a file and the environment. Unset keys are left out. */
export interface AuditConfig {
  readonly service: string
  readonly failMode?: FailMode
  readonly maxWaitMs?: number
  readonly strict?: boolean
  readonly queue?: NonNullable<AuditOptions['queue']>
  readonly limits?: NonNullable<AuditOptions['limits']>
  readonly denials?: { readonly anonymousPerMinute?: number }
  readonly redaction?: RedactionOptions
  readonly journal?: Journal
  readonly seal?: SealOptions | 'unsigned' | false
  readonly anchors?: readonly Anchor[]
  readonly sinks?: readonly SinkEntry[]
}

export interface LoadAuditConfigOptions {
  /** Default: the file in AUDIT_CONFIG, else `audit.yaml`, `audit.yml` or `audit.json` in the directory, else no file. */
  readonly file?: string
  /** Default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** The base of relative paths, and a second place to look for optional packages. Default: the working directory. */
  readonly directory?: string
  /** The service's name if neither the file nor the environment sets it. */
  readonly service?: string
  /** Receives warnings about variables that have no effect. Default: stderr. */
  readonly logger?: Pick<Logger, 'warn'>
}
