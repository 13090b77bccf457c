import { AuditError, SinkError } from '@audit/core/sink'

/** Advice to the operator for each file system error. */
const advice: Record<string, string> = {
  ENOSPC: 'The disk is full; free some space.',
  EDQUOT: 'The quota is exhausted; free some space.',
  EFBIG: 'The file may not grow further; raise the limit or rotate it.',
  EROFS: 'The file system is read-only.',
  EACCES: 'This user may not write there; check owner and mode.',
  EPERM: 'This user may not write there; check owner, mode and attributes.',
  EISDIR: 'The path is a folder; give a file.',
  ENOENT: 'A folder in the path cannot be created; look for a link to a missing target.',
  EEXIST: 'A part of the path is a file; give folders.',
  ENOTDIR: 'A part of the path is a file; give folders.',
  ELOOP: 'The path has a loop of symbolic links.',
  EMFILE: 'The process has too many open files; raise its limit.',
  ENFILE: 'The machine has too many open files.',
  EIO: 'The disk has failed.',
  EPIPE: 'The reader of the standard output is gone.',
  ERR_STREAM_DESTROYED: 'The standard output is closed.',
}

/** Turns every error into a SinkError. All are retryable: a file that cannot be written now may be writable later. */
export function classifyError(error: unknown, path: string): AuditError {
  if (AuditError.isInstance(error)) return error
  const code = (error as { code?: unknown } | null)?.code
  const known = typeof code === 'string' ? `${code}. ${advice[code] ?? ''}` : 'an unknown error.'
  return new SinkError(`Cannot write to ${path}: ${known.trim()}`, { cause: error })
}
