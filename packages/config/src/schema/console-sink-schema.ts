import { z } from 'zod'
import { sinkEntryShape, type SinkEntryConfig } from './sink-entry-schema.ts'
import { choice, yesOrNo } from './values.ts'

export interface ConsoleSinkConfig extends SinkEntryConfig {
  readonly type?: 'console' | undefined
  readonly format?: 'json' | 'readable' | undefined
  readonly colour?: boolean | undefined
}

export const consoleSinkSchema: z.ZodObject = z
  .strictObject({
    type: z.literal('console', { error: "give 'console', or leave it out" }).optional(),
    ...sinkEntryShape,
    format: choice(['json', 'readable'], 'Default: readable on a terminal, else json.').optional(),
    colour: yesOrNo('Default: on a terminal, unless the environment has NO_COLOR.').optional(),
  })
  .describe('Writes events to stdout, for people.') satisfies z.ZodType<ConsoleSinkConfig>
