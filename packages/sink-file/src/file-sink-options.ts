import { isMainThread } from 'node:worker_threads'
import { nearest, pathProblem } from '@audit/core/internal'
import { AuditError, type EventFormat } from '@audit/core/sink'
import { z } from 'zod'
import type { RetentionRule } from './retention.ts'
import type { RotationRule } from './rotation.ts'
import { SOURCE } from './source-path.ts'

const needsOwner = 'give permission bits up to 0o777 that let the owner read and write, such as 0o600 or 0o640'
const HOUR_MS = 3_600_000

const rotate = z.strictObject({
  maxBytes: z.int().min(1).optional(),
  every: z.enum(['hour', 'day']).optional(),
  everyMs: z.int().min(1_000).optional(),
  keepFiles: z.int().min(1).optional(),
  keepMs: z.int().min(1).optional(),
  gzip: z.boolean().optional(),
})

const options = z.strictObject({
  path: z
    .string()
    .min(1)
    .refine((path) => pathProblem(path) === undefined, { error: ({ input }) => pathProblem(String(input)) })
    .refine((path) => !/\{\w+\}/.test(path.replaceAll(SOURCE, '')), `only ${SOURCE} may be in braces`)
    .optional(),
  stdout: z.literal(true).optional(),
  format: z
    .custom<EventFormat>((value) => typeof (value as EventFormat | null)?.encode === 'function', "give an object with 'encode'")
    .optional(),
  // The sink also reads the file, for its last byte, and opens it again after a restart.
  mode: z
    .int()
    .refine((mode) => mode >= 0 && mode <= 0o777 && (mode & 0o600) === 0o600, needsOwner)
    .default(0o600),
  name: z.string().min(1).max(256).optional(),
  fsync: z.enum(['never', 'batch']).default('never'),
  rotate: rotate.optional(),
  reopenOn: z.literal('SIGHUP').optional(),
  symbolicLinks: z.enum(['follow', 'refuse']).default('follow'),
  lock: z.boolean().default(true),
})

export interface FileSinkOptions {
  /**
   * The file to append to. The sink creates it and its folders for the first events. With `{source}` in the path, each source of
   * events has its own file, named after it. Give this or `stdout`.
   */
  readonly path?: string
  /** Writes to the process's standard output instead of a file. */
  readonly stdout?: true
  /**
   * A format of another system, one line per event. It decides which statuses the sink gets. Default: the event as it was sealed.
   */
  readonly format?: EventFormat
  /**
   * Permissions of new files. Default 0o600: a trail names people. The umask applies. New folders are for the owner alone (0700).
   */
  readonly mode?: number
  /** Default: `file:` and the path, or `file:stdout`. */
  readonly name?: string
  /**
   * `batch`: a batch is stored when the disk has it, so a power failure cannot lose it, and each batch waits for the disk.
   * `never`, the default: when the system has it; a power failure may lose the last seconds.
   */
  readonly fsync?: 'never' | 'batch'
  /** Renames the file and begins a new one, by size, by time, or by whichever comes first. */
  readonly rotate?: RotateOptions
  /** Reopens the files at this signal, which then no longer ends the process. For logrotate; only in the main thread. */
  readonly reopenOn?: 'SIGHUP'
  /**
   * `refuse`: an error if the file, or a folder on the way to it, is a symbolic link, for folders that other users can change.
   * Default `follow`.
   */
  readonly symbolicLinks?: 'follow' | 'refuse'
  /** False: no lock file, for a path to which no other process writes; two would damage each other's lines. Default true. */
  readonly lock?: boolean
}

export interface RotateOptions {
  /** The maximum size of a file. Only a single batch that is larger may exceed it. */
  readonly maxBytes?: number
  /** Each file holds the events written in one hour, or day, of UTC. Give this or `everyMs`. */
  readonly every?: 'hour' | 'day'
  /** Like `every`, for any period, counted from 1970 UTC. At least 1,000. */
  readonly everyMs?: number
  /** The number of closed files to keep. Default: all. */
  readonly keepFiles?: number
  /** How long to keep a closed file after its last line. Default: for ever. */
  readonly keepMs?: number
  /** Compresses closed files in the background. Default false: `grep` and `tail` read plain files. */
  readonly gzip?: boolean
}

/** The options with every default filled in. */
export interface ResolvedFileSinkOptions {
  readonly path: string | undefined
  readonly format: EventFormat | undefined
  readonly mode: number
  readonly name: string | undefined
  readonly fsync: 'never' | 'batch'
  readonly rotation: RotationRule | undefined
  /** Undefined if closed files are neither compressed nor removed. */
  readonly upkeep: (RetentionRule & { readonly gzip: boolean }) | undefined
  readonly reopenOn: 'SIGHUP' | undefined
  readonly symbolicLinks: 'follow' | 'refuse'
  readonly lock: boolean
}

/** Throws one `AUDIT_INVALID_OPTIONS` that lists all problems. */
export function resolveFileSinkOptions(given: FileSinkOptions): ResolvedFileSinkOptions {
  const parsed = options.safeParse(given)
  const problems = parsed.success ? [] : parsed.error.issues.map(problemOf)
  problems.push(...(given ? together(given) : []))
  if (!parsed.success || problems.length > 0)
    throw new AuditError('AUDIT_INVALID_OPTIONS', `The options of fileSink are wrong: ${problems.join('; ')}.`, { problems })
  const { path, format, name, reopenOn, rotate: rule, ...rest } = parsed.data
  return { ...rest, path, format, name, reopenOn, rotation: rule && rotationOf(rule), upkeep: rule && upkeepOf(rule) }
}

/** Lists the problems of options that are valid one by one but not together. */
function together(given: FileSinkOptions): readonly string[] {
  const problems: string[] = []
  if ((given.path === undefined) === (given.stdout === undefined)) problems.push("give either 'path' or 'stdout: true'")
  if (given.stdout !== undefined) {
    const alone = (['rotate', 'reopenOn', 'fsync', 'symbolicLinks', 'lock', 'mode'] as const).filter(
      (key) => given[key] !== undefined,
    )
    problems.push(...alone.map((key) => `${key}: this option is for a file, not for the standard output`))
  }
  if (given.reopenOn !== undefined && !isMainThread) problems.push('reopenOn: only the main thread receives signals')
  if (typeof given.rotate === 'object' && given.rotate !== null) {
    const { maxBytes, every, everyMs } = given.rotate
    if (every !== undefined && everyMs !== undefined) problems.push("rotate: give 'every' or 'everyMs', not both")
    if ((maxBytes ?? every ?? everyMs) === undefined) problems.push("rotate: give 'maxBytes', 'every' or 'everyMs'")
  }
  return problems
}

function rotationOf({ maxBytes, every, everyMs }: z.output<typeof rotate>): RotationRule {
  const periods = { hour: HOUR_MS, day: 24 * HOUR_MS }
  return { maxBytes: maxBytes ?? Infinity, periodMs: every ? periods[every] : (everyMs ?? Infinity) }
}

function upkeepOf({ keepFiles, keepMs, gzip = false }: z.output<typeof rotate>): ResolvedFileSinkOptions['upkeep'] {
  if (!gzip && keepFiles === undefined && keepMs === undefined) return undefined
  return { keepFiles: keepFiles ?? Infinity, keepMs: keepMs ?? Infinity, gzip }
}

function problemOf(issue: z.core.$ZodIssue): string {
  const path = issue.path.join('.')
  if (issue.code !== 'unrecognized_keys') return `${path || 'options'}: ${issue.message}`
  const known = Object.keys((path === 'rotate' ? rotate : options).shape)
  return issue.keys
    .map((key) => {
      const meant = nearest(key, known)
      return `${path && `${path}.`}${key}: there is no such option${meant ? `; did you mean '${meant}'?` : ''}`
    })
    .join('; ')
}
