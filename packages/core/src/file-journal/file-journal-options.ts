import { OptionChecks } from '../option-checks.ts'
import { pathProblem } from '../path-problem.ts'
import { DIRECTORY_VARIABLE } from './journal-directory.ts'

export interface FileJournalOptions {
  /** Default `.audit` in the working directory. The environment variable AUDIT_DIRECTORY overrides it. */
  readonly directory?: string
  /** Maximum size of one log. Default 8 GiB: some 16 million events. A smaller log keeps less history, and is full earlier. */
  readonly maxBytes?: number
  /**
   * Maximum size of a segment. Default 64 MiB, or an eighth of `maxBytes` if that is less. A larger one makes a start read more,
   * and retention coarser.
   */
  readonly segmentBytes?: number
  /** How long delivered segments are kept. Default: until `maxBytes` needs their space. */
  readonly retentionMs?: number
  /**
   * Space of the disk that must stay free: below `warnBytes` a warning is logged, below `stopBytes` only system events are
   * written. Default 1 GiB and 128 MiB, at most a tenth and a fiftieth of the disk.
   */
  readonly freeSpace?: { readonly warnBytes?: number; readonly stopBytes?: number }
  /** Accepts a network file system such as NFS or SMB, whose locks and syncs promise less. Default false. */
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

const KNOWN: readonly (keyof FileJournalOptions)[] = [
  'directory',
  'maxBytes',
  'segmentBytes',
  'retentionMs',
  'freeSpace',
  'allowNetwork',
]
const DEFAULT_MAX_BYTES = 8 * 2 ** 30
const DEFAULT_SEGMENT_BYTES = 64 << 20
/** A log has room for at least this many segments: one that is written, and others that can be removed one by one. */
const MIN_SEGMENTS = 8

/** Checks all options, then throws one `AUDIT_INVALID_OPTIONS` that lists every problem. */
export function resolveFileJournalOptions(
  given: FileJournalOptions,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): ResolvedFileJournalOptions {
  const checks = new OptionChecks()
  const { problems } = checks
  const options = checks.options(given, KNOWN)
  const whole = (name: string, value: number | undefined, min: number, max = Number.MAX_SAFE_INTEGER) => {
    if (value !== undefined && !(Number.isSafeInteger(value) && value >= min && value <= max))
      problems.push(`${name}: give a whole number from ${min} to ${max}`)
    return value
  }
  const { directory, allowNetwork = false } = options
  const freeSpace = checks.members('freeSpace', options.freeSpace === undefined ? {} : options.freeSpace) as NonNullable<
    FileJournalOptions['freeSpace']
  >
  checks.knownKeys('freeSpace', freeSpace, ['warnBytes', 'stopBytes'])
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
  checks.throwIfAny('The options of fileJournal are wrong')
  return resolved
}
