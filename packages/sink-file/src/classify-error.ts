import { AuditError, SinkError } from '@audit/core/sink'

/** What an operator can do about an error of the file system. */
const advice: Record<string, string> = {
  ENOSPC: 'The disk is full; free some space.',
  EDQUOT: 'The quota is used up; free some space.',
  EFBIG: 'The file may not grow further; raise the limit or rotate it.',
  EROFS: 'The file system is read-only.',
  EACCES: 'This user may not write there; check owner and mode.',
  EPERM: 'This user may not write there; check owner, mode and attributes.',
  EISDIR: 'The path is a folder; give a file.',
  ENOENT: 'A folder of the path cannot be made; look for a link to a missing target.',
  EEXIST: 'A part of the path is a file; give folders.',
  ENOTDIR: 'A part of the path is a file; give folders.',
  ELOOP: 'The path has a loop of symbolic links.',
  EMFILE: 'The process has too many open files; raise its limit.',
  ENFILE: 'The machine has too many open files.',
  EIO: 'The disk fails.',
  EPIPE: 'Nobody reads the standard output any more.',
  ERR_STREAM_DESTROYED: 'The standard output is closed.',
}

/**
 * Every error becomes a SinkError. All are retryable: a file that cannot be written today can be tomorrow, and its events with
 * it.
 */
export function classifyError(error: unknown, path: string): AuditError {
  if (AuditError.isInstance(error)) return error
  const code = (error as { code?: unknown } | null)?.code
  const known = typeof code === 'string' ? `${code}. ${advice[code] ?? ''}` : 'an unknown error.'
  return new SinkError(`Cannot write to ${path}: ${known.trim()}`, { cause: error })
}
