import { z } from 'zod'
import { duration, listOf, path, text, yesOrNo } from './values.ts'

/** Times in milliseconds. */
export interface SealConfig {
  readonly enabled?: boolean | undefined
  readonly key?: readonly string[] | undefined
  readonly keyFile?: readonly string[] | undefined
  readonly every?: number | undefined
}

export interface AnchorsConfig {
  readonly file?: { readonly path: string; readonly every?: number | undefined } | undefined
}

export const sealSchema: z.ZodType<SealConfig> = z
  .strictObject({
    enabled: yesOrNo('False: the journal is not sealed. Default true.').optional(),
    key: listOf(
      text("A signing key, made by 'audit keygen'. Best from the environment."),
      'signing keys',
      'Signs every checkpoint. With several keys, each of them signs.',
    ).optional(),
    keyFile: listOf(
      path('A path, relative to the working directory.'),
      'paths',
      'Files with a signing key. They must not be readable by all users, and only the owner may write to them.',
    ).optional(),
    every: duration({ min: 10, max: 3_600_000 }, 'The shortest time between two checkpoints of a log. Default 1s.').optional(),
  })
  .refine(({ key, keyFile, every }) => every === undefined || key !== undefined || keyFile !== undefined, {
    error: "it needs a key to sign with; give key or keyFile, or leave 'every' out",
    path: ['every'],
  })
  .describe('How the journal is sealed and signed. Without a key it is sealed, but not signed.')

export const anchorsSchema: z.ZodType<AnchorsConfig> = z
  .strictObject({
    file: z
      .strictObject({
        path: path('Its path, relative to the working directory. Best on another machine.'),
        every: duration(
          { min: 1, max: 86_400_000 },
          'The shortest time between two checkpoints of one log. Default 1m.',
        ).optional(),
      })
      .describe('A file that is only ever appended to.')
      .optional(),
  })
  .describe('Other places that get the checkpoints.')
