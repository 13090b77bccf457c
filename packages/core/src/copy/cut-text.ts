import { hash } from 'node:crypto'
import { toUSVString } from 'node:util'

/** Keys are shown in errors and paths, so they are bounded like names. */
const MAX_NAME_LENGTH = 256
/** The end of a key stays, since it may show that the value is a secret. */
const NAME_END_LENGTH = 32
/** `[cut: 536870888 characters sha256:…]` takes up to 99. */
const MARKER_LENGTH = 100

/**
 * Returns the first characters of a text and a note of the cut: the length and, if asked for, the digest of the whole. As long as
 * `fits` allows.
 */
export function cutText(text: string, fits: number, withDigest: boolean): string {
  const digest = withDigest ? ` sha256:${hash('sha256', text)}` : ''
  return `${firstCharacters(text, fits - MARKER_LENGTH)}[cut: ${text.length} characters${digest}]`
}

/** Returns a text as it is, or as much of its beginning as `length` UTF-16 units hold. */
export function firstCharacters(text: string, length: number): string {
  return text.length <= length ? text : detached(text.slice(0, wholeCharacters(text, length)))
}

/**
 * Returns a member's name as it is, or the beginning and end of one that is too long. Well-formed, or two names could become one
 * in the trail.
 */
export function cutName(given: string): string {
  const name = given.length > MAX_NAME_LENGTH ? given : toUSVString(given)
  if (name.length <= MAX_NAME_LENGTH) return name
  const start = name.slice(0, wholeCharacters(name, MAX_NAME_LENGTH - NAME_END_LENGTH - '[cut]'.length))
  return toUSVString(detached(`${start}[cut]${name.slice(-NAME_END_LENGTH)}`))
}

/** A surrogate pair must not be split. */
function wholeCharacters(text: string, length: number): number {
  const end = Math.max(0, length)
  return end > 0 && (text.charCodeAt(end - 1) & 0xfc00) === 0xd800 ? end - 1 : end
}

/** A slice shares the memory of the whole text: without this, eight kilobytes in the queue could keep ten megabytes alive. */
function detached(text: string): string {
  return Buffer.from(text, 'utf16le').toString('utf16le')
}
