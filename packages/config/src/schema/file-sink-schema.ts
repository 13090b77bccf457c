import { z } from 'zod'
import { sinkEntryShape, type SinkEntryConfig } from './sink-entry-schema.ts'
import { byteSize, choice, duration, path, whole, yesOrNo } from './values.ts'

const MODE = /^0?o?[0-7]{3}$/
const mode = z
  // YAML reads an unquoted 0640 as a decimal number, but people mean octal.
  .string({ error: "give permissions in quotes, such as '0640'" })
  .regex(MODE, "give permissions in quotes, such as '0640'")
  .refine((written) => (octal(written) & 0o600) === 0o600, 'the owner must be able to read and write')
  .transform(octal)
  .describe("Permissions of new files, in quotes: '0640'. Default '0600'.")

function octal(written: string): number {
  return Number.parseInt(written.replace('o', ''), 8)
}

const TEN_YEARS_MS = 3_650 * 86_400_000
const period = z.union([z.enum(['hour', 'day']), duration({ min: 1_000, max: TEN_YEARS_MS }, 'Any period.')], {
  error: "give 'hour', 'day' or a duration of at least 1s, such as 12h",
})
const rotate = z
  .strictObject({
    maxBytes: byteSize({ min: 1, max: 2 ** 50 }, 'The largest size of a file. Only a larger single batch exceeds it.').optional(),
    every: period.describe("Begins a new file every 'hour' or 'day' (UTC), or after a duration such as 12h.").optional(),
    keepFiles: whole({ min: 1, max: 1_000_000 }, 'The number of closed files to keep. Default: all.').optional(),
    keepFor: duration({ min: 1, max: TEN_YEARS_MS }, 'How long closed files are kept. Default: for ever.').optional(),
    gzip: yesOrNo('Compresses closed files. Default false.').optional(),
  })
  .describe('Renames the file and begins a new one.')

export interface FileSinkConfig extends SinkEntryConfig {
  readonly type?: 'file' | undefined
  readonly path?: string | undefined
  readonly stdout?: boolean | undefined
  readonly format?: 'native' | 'flipt' | 'flipt-console' | undefined
  readonly mode?: number | undefined
  readonly fsync?: 'never' | 'batch' | undefined
  readonly rotate?: RotateConfig | undefined
  readonly reopenOn?: 'SIGHUP' | undefined
  readonly symbolicLinks?: 'follow' | 'refuse' | undefined
  readonly lock?: boolean | undefined
}

/** Times in milliseconds. */
export interface RotateConfig {
  readonly maxBytes?: number | undefined
  readonly every?: 'hour' | 'day' | number | undefined
  readonly keepFiles?: number | undefined
  readonly keepFor?: number | undefined
  readonly gzip?: boolean | undefined
}

export const fileSinkSchema: z.ZodObject = z
  .strictObject({
    type: z.literal('file', { error: "give 'file', or leave it out" }).optional(),
    ...sinkEntryShape,
    path: path('The file to append to, relative to the working directory. Give this or stdout.').optional(),
    stdout: yesOrNo('True writes to stdout instead of a file.').optional(),
    format: choice(['native', 'flipt', 'flipt-console'], 'Others than native need @audit/flipt. Default native.').optional(),
    mode: mode.optional(),
    fsync: choice(['never', 'batch'], 'batch: a batch is stored when the disk has it. Default never.').optional(),
    rotate: rotate.optional(),
    reopenOn: choice(['SIGHUP'], 'Reopens the file at this signal, for logrotate.').optional(),
    symbolicLinks: choice(['follow', 'refuse'], 'refuse: a symbolic link in the path is an error. Default follow.').optional(),
    lock: yesOrNo('False: no other process writes to the path. Default true.').optional(),
  })
  .refine(({ path: file, stdout = false }) => (file !== undefined) !== stdout, { error: 'give either path or stdout: true' })
  .describe('Appends events to a file or stdout, one JSON line each. Needs @audit/sink-file.') satisfies z.ZodType<FileSinkConfig>
