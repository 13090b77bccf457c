import { AuditError, SinkError } from '@audit/core/sink'

interface Meaning {
  readonly text: string
  /** True: nothing changes until an operator acts. */
  readonly lasts?: true
}

const rebuild = 'The store is a copy: move the file away, and build it again from the journal.'

/** The meaning of SQLite's primary result codes: https://www.sqlite.org/rescode.html */
const meanings: { readonly [code: number]: Meaning } = {
  5: { text: 'Another process holds its lock; raise lockTimeoutMs if that takes long.' },
  6: { text: 'Another connection holds its lock.' },
  8: { text: 'The file or its folder may not be written; check owner, mode and the file system.' },
  10: { text: 'The disk has failed, or the file was removed.' },
  11: { text: `The file is damaged. ${rebuild}`, lasts: true },
  13: { text: 'The disk is full; free some space.' },
  14: { text: 'The file cannot be opened; check that its folder exists, and owner and mode.' },
  26: { text: `The file is no SQLite database, or it is damaged. ${rebuild}`, lasts: true },
}

/** Turns every error of a write into a SinkError. A damaged or foreign file parks the sink; everything else is tried again. */
export function classifyWriteError(error: unknown, path: string): AuditError {
  if (AuditError.isInstance(error)) {
    if (error.code !== 'AUDIT_STORE_UNAVAILABLE') return error
    return new SinkError(error.message, { cause: error, parks: true })
  }
  const meaning = meaningOf(error)
  const message = `Cannot write to the store '${path}': ${meaning?.text ?? `${textOf(error)}.`}`
  return new SinkError(message, meaning?.lasts ? { cause: error, parks: true } : { cause: error })
}

/** Turns every error of a reader into an AuditError. */
export function classifyReadError(error: unknown, path: string): AuditError {
  if (AuditError.isInstance(error)) return error
  const text = meaningOf(error)?.text ?? `${textOf(error)}.`
  return new AuditError('AUDIT_STORE_UNAVAILABLE', `Cannot read the store '${path}': ${text}`, { cause: error })
}

function meaningOf(error: unknown): Meaning | undefined {
  const { errcode } = (error ?? {}) as { readonly errcode?: unknown }
  return typeof errcode === 'number' ? meanings[errcode & 0xff] : undefined
}

/** SQLite's messages name tables and columns, never values. */
function textOf(error: unknown): string {
  const { errcode, code, message } = (error ?? {}) as {
    readonly errcode?: unknown
    readonly code?: unknown
    readonly message?: unknown
  }
  if (typeof errcode === 'number') return `SQLite error ${errcode}, ${String(message)}`
  return typeof code === 'string' ? code : 'an unknown error'
}
