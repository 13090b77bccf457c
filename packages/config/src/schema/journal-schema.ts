import { z } from 'zod'
import { byteSize, duration, path, yesOrNo } from './values.ts'

export type JournalConfig = FileJournalConfig | MemoryJournalConfig

/** Times in milliseconds. */
export interface FileJournalConfig {
  readonly type?: 'file' | undefined
  readonly directory?: string | undefined
  readonly maxBytes?: number | undefined
  readonly segmentBytes?: number | undefined
  readonly retention?: number | undefined
  readonly freeSpace?: { readonly warnBytes?: number | undefined; readonly stopBytes?: number | undefined } | undefined
  readonly allowNetwork?: boolean | undefined
}

export interface MemoryJournalConfig {
  readonly type: 'memory'
  readonly maxBytes?: number | undefined
}

const TEN_YEARS_MS = 3_650 * 86_400_000
const LARGEST = 2 ** 50

const fileJournal = z.strictObject({
  type: z.literal('file').describe('On disk: survives crashes. The default.').optional(),
  directory: path(
    'Relative to the working directory. The environment variable AUDIT_DIRECTORY takes precedence. Default .audit.',
  ).optional(),
  maxBytes: byteSize({ min: 2 ** 20, max: LARGEST }, 'The largest size of one log. Default 8GiB.').optional(),
  segmentBytes: byteSize(
    { min: 2 ** 10, max: LARGEST },
    'The size of a full segment, at most half of maxBytes. Default 64MiB.',
  ).optional(),
  retention: duration(
    { min: 1, max: TEN_YEARS_MS },
    'How long delivered segments are kept. Default: until maxBytes needs their space.',
  ).optional(),
  freeSpace: z
    .strictObject({
      warnBytes: byteSize(
        { min: 0, max: LARGEST },
        'Reports a warning if the disk has less free space. Default 1GiB.',
      ).optional(),
      stopBytes: byteSize(
        { min: 0, max: LARGEST },
        'Writes no more events if the disk has less free space. Default 128MiB.',
      ).optional(),
    })
    .describe('How much of the disk must stay free.')
    .optional(),
  allowNetwork: yesOrNo(
    'Allows NFS, SMB and similar file systems, whose locks and syncs guarantee less. Default false.',
  ).optional(),
})

const memoryJournal = z.strictObject({
  type: z.literal('memory').describe('In memory: gone when the process ends.'),
  maxBytes: byteSize({ min: 1, max: LARGEST }, 'Its largest size. Default 64MiB.').optional(),
})

export const journalSchema: z.ZodType<JournalConfig> = z
  .discriminatedUnion('type', [fileJournal, memoryJournal], {
    error: (issue) =>
      issue.code === 'invalid_union' ? "give 'file' or 'memory'" : 'give a mapping, such as { directory: .audit }',
  })
  .refine(
    (journal) => journal.type === 'memory' || !journal.segmentBytes || journal.segmentBytes <= (journal.maxBytes ?? 2 ** 33) / 2,
    {
      error: 'it is above half of maxBytes; a log needs room for two segments at least',
      path: ['segmentBytes'],
    },
  )
  .describe('Where events are kept until every sink has them.')
