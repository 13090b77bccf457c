/** A pointer that only marks a place may be cut: it may be made of a payload's keys, which can be of any length. */
const MAX_MARK_LENGTH = 256

/** Writes a JSON pointer (RFC 6901). */
export function toPointer(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

/** Writes a JSON pointer for a mark, cut at 256 characters. */
export function toMark(path: readonly PropertyKey[]): string {
  // A key is cut before it is written, or one of ten megabytes would take as many milliseconds.
  const short = path.map((part) => (typeof part === 'string' ? part.slice(0, MAX_MARK_LENGTH) : part))
  return toPointer(short).slice(0, MAX_MARK_LENGTH)
}

/** Reads a JSON pointer. */
export function fromPointer(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
}
