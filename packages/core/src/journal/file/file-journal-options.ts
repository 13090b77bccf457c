import { AuditError } from '../../errors.ts'
import { pathProblem } from '../../path-problem.ts'
import { DIRECTORY_VARIABLE } from './journal-directory.ts'

export interface FileJournalOptions {
  /** Default `.audit` in the working directory. The environment variable AUDIT_DIRECTORY wins. */
  readonly directory?: string
  /** What one log holds at most. Default 8 GiB: some 16 million events. */
  readonly maxBytes?: number
  /** When a segment is full. Default 64 MiB, at most an eighth of `maxBytes`: what a start reads at most, and the step of retention. */
  readonly segmentBytes?: number
  /** How long delivered segments are kept. Default: until `maxBytes` asks for their room. */
  readonly retentionMs?: number
  /**
   * How much of the disk must stay free: below `warnBytes` operators are told, below `stopBytes` nothing but the library's own facts
   * is written. Default 1 GiB and 128 MiB, at most a tenth and a fiftieth of the disk.
   */
  readonly freeSpace?: { readonly warnBytes?: number; readonly stopBytes?: number }
  /** Opens on NFS, SMB and their like, whose locks and syncs promise less. Default false. */
  readonly allowNetwork?: boolean
}

export interface ResolvedFileJournalOptions {
  readonly directory: string | undefined
  readonly maxBytes: number
  readonly segmentBytes: number
  readonly retentionMs: number
  readonly freeSpace: { readonly warnBytes: number | undefined; readonly stopBytes: number | undefined }
  readonly allowNetwork: boolean
}

const KNOWN = new Set(['directory', 'maxBytes', 'segmentBytes', 'retentionMs', 'freeSpace', 'allowNetwork'])
const DEFAULT_MAX_BYTES = 8 * 2 ** 30
const DEFAULT_SEGMENT_BYTES = 64 << 20
/** Segments a log has room for at least: one is written to, and the others can be let go one by one. */
const MIN_SEGMENTS = 8

/** Checks everything, then throws one `AUDIT_INVALID_OPTIONS` that lists all that is wrong. */
export function resolveFileJournalOptions(
  options: FileJournalOptions,
  environment: NodeJS.ProcessEnv = process.env,
): ResolvedFileJournalOptions {
  const problems: string[] = []
  for (const key of Object.keys(options)) if (!KNOWN.has(key)) problems.push(`${key}: there is no such option`)
  const whole = (name: string, value: number | undefined, min: number, max = Number.MAX_SAFE_INTEGER) => {
    if (value !== undefined && !(Number.isSafeInteger(value) && value >= min && value <= max))
      problems.push(`${name}: give a whole number from ${min} to ${max}`)
    return value
  }
  const { directory, freeSpace = {}, allowNetwork = false } = options
  if (directory !== undefined && (typeof directory !== 'string' || directory === '')) problems.push('directory: give a path')
  const paths = { directory, [DIRECTORY_VARIABLE]: environment[DIRECTORY_VARIABLE]?.trim() }
  for (const [name, path] of Object.entries(paths)) {
    const problem = typeof path === 'string' && pathProblem(path)
    if (problem) problems.push(`${name}: ${problem}`)
  }
  if (typeof allowNetwork !== 'boolean') problems.push('allowNetwork: give true or false')
  const maxBytes = whole('maxBytes', options.maxBytes, 1 << 20) ?? DEFAULT_MAX_BYTES
  const resolved = {
    directory,
    maxBytes,
    segmentBytes:
      whole('segmentBytes', options.segmentBytes, 1 << 10, Math.floor(maxBytes / 2)) ??
      Math.min(DEFAULT_SEGMENT_BYTES, Math.floor(maxBytes / MIN_SEGMENTS)),
    retentionMs: whole('retentionMs', options.retentionMs, 1) ?? Infinity,
    freeSpace: {
      warnBytes: whole('freeSpace.warnBytes', freeSpace.warnBytes, 0),
      stopBytes: whole('freeSpace.stopBytes', freeSpace.stopBytes, 0),
    },
    allowNetwork,
  }
  if (problems.length === 0) return resolved
  throw new AuditError(
    'AUDIT_INVALID_OPTIONS',
    `The options of fileJournal are wrong:\n${problems.map((problem) => `- ${problem}`).join('\n')}`,
  )
}
