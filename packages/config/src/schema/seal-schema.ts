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
    enabled: yesOrNo('Whether it is sealed at all. Default true.').optional(),
    key: listOf(
      text("A signing key, of 'audit keygen'. Best from the environment."),
      'signing keys',
      'Signs every checkpoint; of several, all of them do.',
    ).optional(),
    keyFile: listOf(
      path('A path, from the working directory.'),
      'paths',
      'Files with a signing key. All users must not read them, and only the owner may write to them.',
    ).optional(),
    every: duration({ min: 10, max: 3_600_000 }, 'A log gets a checkpoint at most so often. Default 1s.').optional(),
  })
  .refine(({ key, keyFile, every }) => every === undefined || key !== undefined || keyFile !== undefined, {
    error: 'it has no key to sign with; give key or keyFile, or leave every out',
    path: ['every'],
  })
  .describe('Who signs what the journal holds. Without a key it is sealed and not signed.')

export const anchorsSchema: z.ZodType<AnchorsConfig> = z
  .strictObject({
    file: z
      .strictObject({
        path: path('Where it is, from the working directory. Best on another machine.'),
        every: duration({ min: 1, max: 86_400_000 }, 'It gets a checkpoint of a log at most so often. Default 1m.').optional(),
      })
      .describe('A file that is only ever appended to.')
      .optional(),
  })
  .describe('Places elsewhere that get the checkpoints.')
