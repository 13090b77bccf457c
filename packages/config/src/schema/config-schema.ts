import type { AuditOptions, FailMode } from '@audit/core'
import { z } from 'zod'
import { consoleSinkSchema, type ConsoleSinkConfig } from './console-sink-schema.ts'
import { fileSinkSchema, type FileSinkConfig } from './file-sink-schema.ts'
import { journalSchema, type JournalConfig } from './journal-schema.ts'
import { anchorsSchema, sealSchema, type AnchorsConfig, type SealConfig } from './seal-schema.ts'
import { eventPatterns } from './sink-entry-schema.ts'
import { sqliteSinkSchema, type SqliteSinkConfig } from './sqlite-sink-schema.ts'
import { byteSize, choice, duration, listOf, orList, text, whole, yesOrNo } from './values.ts'
import { webhookSinkSchema, type WebhookSinkConfig } from './webhook-sink-schema.ts'

export type SinkConfig = FileSinkConfig | WebhookSinkConfig | ConsoleSinkConfig | SqliteSinkConfig
export type SinkType = 'file' | 'webhook' | 'console' | 'sqlite'
export const sinkTypes: readonly SinkType[] = ['file', 'webhook', 'console', 'sqlite']

/** A valid configuration. Times are in milliseconds, sizes in bytes. */
export interface ConfigFile {
  readonly service?: string | undefined
  readonly failMode?: FailMode | undefined
  readonly maxWait?: number | undefined
  readonly strict?: boolean | undefined
  readonly events?: readonly string[] | undefined
  readonly queue?: { readonly maxEvents?: number | undefined; readonly maxBytes?: number | undefined } | undefined
  readonly limits?: { readonly [limit in keyof NonNullable<AuditOptions['limits']>]: number | undefined } | undefined
  readonly denials?: { readonly anonymousPerMinute?: number | undefined } | undefined
  readonly redaction?:
    | {
        readonly keys?: readonly string[] | undefined
        readonly hash?: readonly string[] | undefined
        readonly hashKey?: string | undefined
      }
    | undefined
  readonly journal?: JournalConfig | undefined
  readonly seal?: SealConfig | undefined
  readonly anchors?: AnchorsConfig | undefined
  readonly sinks?: Readonly<Record<string, SinkConfig>> | undefined
}

export function isSinkType(word: unknown): word is SinkType {
  return sinkTypes.includes(word as SinkType)
}

const otherSink = z.discriminatedUnion(
  'type',
  [
    fileSinkSchema.safeExtend({ type: z.literal('file') }),
    webhookSinkSchema.safeExtend({ type: z.literal('webhook') }),
    consoleSinkSchema.safeExtend({ type: z.literal('console') }),
    sqliteSinkSchema.safeExtend({ type: z.literal('sqlite') }),
  ],
  { error: (issue) => (issue.code === 'invalid_union' ? `give its type: ${orList(sinkTypes)}` : undefined) },
)

const keyName = text('A key, or a pointer.', { max: 1_024 })

export const configSchema: z.ZodType<ConfigFile> = z
  .strictObject({
    $schema: z.string().describe('Path of the JSON schema, for editors. The audit ignores it.').optional(),
    service: text("Names this service in every log it writes: lower-case letters, digits, '.', '_' and '-'.")
      .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, "give a name of at most 64 lower-case letters, digits, '.', '_' and '-'")
      .optional(),
    failMode: choice(['open', 'closed'], 'The failMode of events that set none. Default open.').optional(),
    maxWait: duration({ min: 1, max: 600_000 }, 'The longest time a caller waits for the journal. Default 2s.').optional(),
    strict: yesOrNo(
      'Rejects payloads that do not match their schema, instead of recording them as invalid. Default false.',
    ).optional(),
    events: eventPatterns('The events of every sink that sets none. Default: everything.').optional(),
    queue: z
      .strictObject({
        maxEvents: whole({ min: 1, max: 10_000_000 }, 'Default 10000.').optional(),
        maxBytes: byteSize({ min: 1_024, max: 2 ** 40 }, 'Default 16MiB.').optional(),
      })
      .describe('Limits of the events that wait for the journal.')
      .optional(),
    limits: z
      .strictObject({
        maxBytes: byteSize({ min: 1_024, max: 2 ** 20 }, 'The JSON text of one event. Default 64KiB.').optional(),
        maxStringBytes: byteSize({ min: 256, max: 2 ** 20 }, 'One text of an event. Default 8KiB.').optional(),
        maxDepth: whole({ min: 1, max: 64 }, 'Default 16.').optional(),
        maxMembers: whole({ min: 1, max: 100_000 }, 'Keys of an object and items of a list. Default 1000.').optional(),
      })
      .describe('Limits of one event. Larger values are cut and marked.')
      .optional(),
    denials: z
      .strictObject({
        anonymousPerMinute: whole(
          { min: 0, max: 1_000_000 },
          'The number recorded one by one, per event and route. Default 20.',
        ).optional(),
      })
      .describe('Denied requests without an actor. Those above the limit are counted.')
      .optional(),
    redaction: z
      .strictObject({
        keys: listOf(keyName, 'keys', 'Secret keys, in addition to the built-in ones.').optional(),
        hash: listOf(
          keyName,
          'keys and pointers',
          "Values to hash: they can be searched for, but not read. 'email', '/owner/phone'.",
        ).optional(),
        hashKey: text('For hash: a secret of at least 16 bytes. Best from the environment.')
          .refine((key) => Buffer.byteLength(key) >= 16, 'give a secret of at least 16 bytes')
          .optional(),
      })
      .refine(({ hash, hashKey }) => (hash === undefined) === (hashKey === undefined), {
        error: 'give both hash and hashKey, or neither',
      })
      .describe('Values that are removed or hashed before an event is written.')
      .optional(),
    journal: journalSchema.optional(),
    seal: sealSchema.optional(),
    anchors: anchorsSchema.optional(),
    sinks: z
      .object({
        file: fileSinkSchema.optional(),
        webhook: webhookSinkSchema.optional(),
        console: consoleSinkSchema.optional(),
        sqlite: sqliteSinkSchema.optional(),
      })
      .catchall(otherSink)
      .describe("Where events go. The key is the sink's name, under which the journal keeps its offset.")
      .optional(),
  })
  .describe('An audit trail: where its events are kept, and where they go.')
