import type {
  Anchor,
  EventLimits,
  FailMode,
  Journal,
  Logger,
  QueueLimits,
  RedactionOptions,
  SealOptions,
  SinkEntry,
} from '@audit/core'

/** What `loadAuditConfig` makes of a file and the environment: options of `createAudit`. What was not said is not in it. */
export interface AuditConfig {
  readonly service: string
  readonly failMode?: FailMode
  readonly maxWaitMs?: number
  readonly strict?: boolean
  readonly queue?: Partial<QueueLimits>
  readonly limits?: EventLimits
  readonly denials?: { readonly anonymousPerMinute?: number }
  readonly redaction?: RedactionOptions
  readonly journal?: Journal
  readonly seal?: SealOptions | 'unsigned' | false
  readonly anchors?: readonly Anchor[]
  readonly sinks?: readonly SinkEntry[]
}

export interface LoadAuditConfigOptions {
  /** Default: what AUDIT_CONFIG names, else `audit.yaml`, `audit.yml` or `audit.json` in the directory, else no file. */
  readonly file?: string
  /** Default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** What paths start from, and where packages of sinks are looked for besides. Default: the working directory. */
  readonly directory?: string
  /** The service's name where neither file nor environment say it. */
  readonly service?: string
  /** Receives warnings about variables that have no effect. Default: stderr. */
  readonly logger?: Pick<Logger, 'warn'>
}
