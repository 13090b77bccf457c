import { AuditError, nearest } from '@audit/core/sink'
import { z } from 'zod'

const needsOwner = 'give permission bits up to 0o777 with which the owner may read and write, such as 0o600 or 0o640'

const options = z.strictObject({
  path: z
    .string()
    .min(1)
    .refine((path) => !path.includes('\0'), 'there is a NUL character in it')
    .optional(),
  stdout: z.literal(true).optional(),
  format: z.enum(['native', 'flipt']).default('native'),
  // The file is read as well, for its last byte; and it is opened again after a restart.
  mode: z
    .int()
    .refine((mode) => mode >= 0 && mode <= 0o777 && (mode & 0o600) === 0o600, needsOwner)
    .default(0o600),
  name: z.string().min(1).max(256).optional(),
})

export interface FileSinkOptions {
  /** The file to append to; it and its folders are made when the first events come. This or `stdout`. */
  readonly path?: string
  /** Writes to the process's standard output instead of a file. */
  readonly stdout?: true
  /**
   * `native`: the event as it was sealed. `flipt`: the members of Flipt's audit log, version 0.2, and no others. Default
   * `native`.
   */
  readonly format?: 'native' | 'flipt'
  /**
   * Permissions of a file that is made. Default 0o600: a trail names people. The umask applies. Folders that are made are for the
   * owner alone.
   */
  readonly mode?: number
  /** Default: `file:` and the path, or `file:stdout`. */
  readonly name?: string
}

/** The options with every default filled in. */
export interface ResolvedFileSinkOptions {
  readonly path?: string | undefined
  readonly format: 'native' | 'flipt'
  readonly mode: number
  readonly name?: string | undefined
}

/** Throws one `AUDIT_INVALID_OPTIONS` that lists all that is wrong. */
export function resolveFileSinkOptions(given: FileSinkOptions): ResolvedFileSinkOptions {
  const parsed = options.safeParse(given)
  const problems = parsed.success ? [] : parsed.error.issues.map(problemOf)
  if ((given?.path === undefined) === (given?.stdout === undefined)) problems.push("give either 'path' or 'stdout: true'")
  if (parsed.success && problems.length === 0) return parsed.data
  throw new AuditError('AUDIT_INVALID_OPTIONS', `The options of fileSink are wrong: ${problems.join('; ')}.`)
}

function problemOf(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'unrecognized_keys') return `${issue.path.join('.') || 'options'}: ${issue.message}`
  return issue.keys
    .map((key) => {
      const meant = nearest(key, Object.keys(options.shape))
      return `${key}: there is no such option${meant ? `; did you mean '${meant}'?` : ''}`
    })
    .join('; ')
}
