import { isMainThread } from 'node:worker_threads'
import { AuditError, nearest, pathProblem } from '@audit/core/sink'
import { z } from 'zod'
import type { RetentionRule } from './retention.ts'
import type { RotationRule } from './rotation.ts'
import { SOURCE } from './source-path.ts'

const needsOwner = 'give permission bits up to 0o777 with which the owner may read and write, such as 0o600 or 0o640'
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
    .refine((path) => !/\{\w+\}/.test(path.replaceAll(SOURCE, '')), `in braces there can be ${SOURCE} and nothing else`)
    .optional(),
  stdout: z.literal(true).optional(),
  format: z.enum(['native', 'flipt', 'flipt-console']).default('native'),
  // The file is read as well, for its last byte; and it is opened again after a restart.
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

export type FileSinkFormat = 'native' | 'flipt' | 'flipt-console'

export interface FileSinkOptions {
  /**
   * The file to append to; it and its folders are made when the first events come. With `{source}` in it, every source of events
   * has a file of its own, named after it. This or `stdout`.
   */
  readonly path?: string
  /** Writes to the process's standard output instead of a file. */
  readonly stdout?: true
  /**
   * `native`: the event as it was sealed. `flipt` and `flipt-console`: the members of Flipt's audit log, version 0.2, and no
   * others, in its JSON or its console encoding. Default `native`.
   */
  readonly format?: FileSinkFormat
  /**
   * Permissions of a file that is made. Default 0o600: a trail names people. The umask applies. Folders that are made are for the
   * owner alone.
   */
  readonly mode?: number
  /** Default: `file:` and the path, or `file:stdout`. */
  readonly name?: string
  /** `batch`: a batch is stored when the disk has it; power loss takes nothing that was. Default `never`. */
  readonly fsync?: 'never' | 'batch'
  /** Closes the file under another name and begins a new one, by size, by time, or by whichever comes first. */
  readonly rotate?: RotateOptions
  /** Opens the files anew at this signal, which then no longer ends the process. For logrotate; only in the main thread. */
  readonly reopenOn?: 'SIGHUP'
  /** `refuse`: an error if the file, or a folder on the way to it, is a symbolic link. Default `follow`. */
  readonly symbolicLinks?: 'follow' | 'refuse'
  /** False: no other process writes to the path. Then there is no lock file beside it. Default true. */
  readonly lock?: boolean
}

export interface RotateOptions {
  /** No file grows larger, unless a single batch is. */
  readonly maxBytes?: number
  /** A file has the events that were written in one hour, or day, of UTC. This, or `everyMs`. */
  readonly every?: 'hour' | 'day'
  /** The same for any period, counted from 1970 UTC. At least 1,000. */
  readonly everyMs?: number
  /** So many closed files are kept. Default: all. */
  readonly keepFiles?: number
  /** Closed files are kept for so long after their last line. Default: for ever. */
  readonly keepMs?: number
  /** Compresses closed files, beside delivery. Default false. */
  readonly gzip?: boolean
}

/** The options with every default filled in. */
export interface ResolvedFileSinkOptions {
  readonly path: string | undefined
  readonly format: FileSinkFormat
  readonly mode: number
  readonly name: string | undefined
  readonly fsync: 'never' | 'batch'
  readonly rotation: RotationRule | undefined
  /** Undefined where there is nothing to look after. */
  readonly upkeep: (RetentionRule & { readonly gzip: boolean }) | undefined
  readonly reopenOn: 'SIGHUP' | undefined
  readonly symbolicLinks: 'follow' | 'refuse'
  readonly lock: boolean
}

/** Throws one `AUDIT_INVALID_OPTIONS` that lists all that is wrong. */
export function resolveFileSinkOptions(given: FileSinkOptions): ResolvedFileSinkOptions {
  const parsed = options.safeParse(given)
  const problems = parsed.success ? [] : parsed.error.issues.map(problemOf)
  problems.push(...(given ? together(given) : []))
  if (!parsed.success || problems.length > 0)
    throw new AuditError('AUDIT_INVALID_OPTIONS', `The options of fileSink are wrong: ${problems.join('; ')}.`, { problems })
  const { path, name, reopenOn, rotate: rule, ...rest } = parsed.data
  return { ...rest, path, name, reopenOn, rotation: rule && rotationOf(rule), upkeep: rule && upkeepOf(rule) }
}

/** What is wrong with options that are right each for itself. */
function together(given: FileSinkOptions): readonly string[] {
  const problems: string[] = []
  if ((given.path === undefined) === (given.stdout === undefined)) problems.push("give either 'path' or 'stdout: true'")
  if (given.stdout !== undefined) {
    const alone = (['rotate', 'reopenOn', 'fsync', 'symbolicLinks', 'lock', 'mode'] as const).filter(
      (key) => given[key] !== undefined,
    )
    problems.push(...alone.map((key) => `${key}: the standard output has no such thing; it is for a file`))
  }
  if (given.reopenOn !== undefined && !isMainThread) problems.push('reopenOn: only the main thread hears signals')
  if (typeof given.rotate === 'object' && given.rotate !== null) {
    const { maxBytes, every, everyMs } = given.rotate
    if (every !== undefined && everyMs !== undefined) problems.push("rotate: give 'every' or 'everyMs', not both")
    if ((maxBytes ?? every ?? everyMs) === undefined) problems.push("rotate: say when: give 'maxBytes', 'every' or 'everyMs'")
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
