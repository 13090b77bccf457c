import { z } from 'zod'
import { sinkEntryShape, type SinkEntryConfig } from './sink-entry-schema.ts'
import { duration, path, whole } from './values.ts'

/** Times in milliseconds. */
export interface SqliteSinkConfig extends SinkEntryConfig {
  readonly type?: 'sqlite' | undefined
  readonly path: string
  readonly maxExamined?: number | undefined
  readonly lockTimeout?: number | undefined
}

export const sqliteSinkSchema: z.ZodObject = z
  .strictObject({
    type: z.literal('sqlite', { error: "give 'sqlite', or leave it out" }).optional(),
    ...sinkEntryShape,
    path: path('The file of the store, relative to the working directory. It is created for the first events.'),
    maxExamined: whole(
      { min: 1, max: 1_000_000 },
      'The most events that a search looks at for one page. Default 10000.',
    ).optional(),
    lockTimeout: duration(
      { min: 1, max: 600_000 },
      'How long a write waits for another process that writes. Default 10s.',
    ).optional(),
  })
  .describe(
    'Stores events in an SQLite file that can be queried. Needs @audit/store-sqlite.',
  ) satisfies z.ZodType<SqliteSinkConfig>
