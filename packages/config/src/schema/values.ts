import { pathProblem } from '@audit/core/internal'
import { z } from 'zod'
import { BYTE_SIZE, formatByteSize, parseByteSize } from '../document/byte-size.ts'
import { DURATION, formatDuration, parseDuration } from '../document/duration.ts'

// The kinds of values. Each has a message with the expected value, which never quotes the given one.

interface Range {
  readonly min: number
  readonly max: number
}

export function text(description: string, options: { readonly max?: number } = {}): z.ZodString {
  const { max = 65_536 } = options
  const error = `give a text of 1 to ${max} characters`
  return z.string({ error }).min(1, error).max(max, error).describe(description)
}

/** Spaces and line ends around the path are removed; quotes around it are refused. */
export function path(description: string): z.ZodType<string> {
  const error = 'give a path of 1 to 4096 characters'
  return z
    .string({ error })
    .trim()
    .min(1, error)
    .max(4_096, error)
    .refine((written) => pathProblem(written) === undefined, { error: ({ input }) => pathProblem(String(input)) })
    .describe(description)
}

export function yesOrNo(description: string): z.ZodBoolean {
  return z.boolean({ error: 'give true or false' }).describe(description)
}

export function whole({ min, max }: Range, description: string): z.ZodInt {
  const error = `give a whole number from ${min} to ${max}`
  return z.int({ error }).min(min, error).max(max, error).describe(description)
}

export function choice<const T extends readonly [string, ...string[]]>(words: T, description: string): z.ZodType<T[number]> {
  return z.enum(words, { error: `give ${orList(words)}` }).describe(description)
}

/** `15s`, `1h30m`; becomes milliseconds. */
export function duration({ min, max }: Range, description: string): z.ZodType<number> {
  const range = `from ${formatDuration(min)} to ${formatDuration(max)}`
  const error = `give a duration ${range} with its unit, such as 15s, 2m, 500ms or 1h30m`
  return z
    .union([z.literal(0), z.string().regex(DURATION, error)], { error })
    .transform((written, context) => {
      const milliseconds = parseDuration(written)
      if (milliseconds !== undefined && milliseconds >= min && milliseconds <= max) return milliseconds
      context.addIssue({ code: 'custom', message: error })
      return z.NEVER
    })
    .describe(`${description} A duration ${range}, such as 15s.`)
}

/** `100MiB`, `10MB` or plain bytes; becomes bytes. */
export function byteSize({ min, max }: Range, description: string): z.ZodType<number> {
  const error = `give a size from ${formatByteSize(min)} to ${formatByteSize(max)}, such as 100MiB, 10MB or plain bytes`
  return z
    .union([z.number(), z.string().regex(BYTE_SIZE, error)], { error })
    .transform((written, context) => {
      const bytes = parseByteSize(written)
      if (bytes !== undefined && bytes >= min && bytes <= max) return bytes
      context.addIssue({ code: 'custom', message: error })
      return z.NEVER
    })
    .describe(`${description} A size from ${formatByteSize(min)} to ${formatByteSize(max)}, such as 100MiB.`)
}

/** The message of a union whose own message is replaced by that of the side that was meant. */
export const ONE_OR_SEVERAL = 'one or several'

/** A list, or a single member without a list. */
export function listOf<T>(member: z.ZodType<T>, what: string, description: string): z.ZodType<readonly T[]> {
  const error = `give a list of ${what}`
  return z
    .union([member, z.array(member, { error }).min(1, `the list is empty; leave it out, or ${error}`)], { error: ONE_OR_SEVERAL })
    .transform((given) => (Array.isArray(given) ? given : [given]) as readonly T[])
    .describe(description)
}

/** `a, b or c`, quoted. */
export function orList(words: readonly string[]): string {
  const quoted = words.map((word) => `'${word}'`)
  return quoted.length > 1 ? `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}` : quoted.join('')
}
