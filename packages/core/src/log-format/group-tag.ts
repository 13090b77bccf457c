import { createHmac, createSecretKey, hash, type Hmac, type KeyObject } from 'node:crypto'

// The last line of a group ends in `,"tag":"Zm9v…22","crc":"…"}`: an HMAC over the previous tag and every byte of the group
// before its own tag. Only a process that has the key can continue the chain, so a line after the last valid tag was not written
// by us, or was never acknowledged. The tag does not cover term and attempt: a group keeps its bytes when it is written again or
// copied.

const TAG_BYTES = 16
const TEXT_LENGTH = 22
const START = Buffer.from(',"tag":"')
const QUOTE = 0x22
const LINE_END = Buffer.from('\n')
/** Bytes of `,"tag":"Zm9vYmFyYmF6cXV4cXV1eA"`. */
export const TAG_MEMBER_BYTES: number = START.length + TEXT_LENGTH + 1
/** The block size of SHA-256, to which HMAC pads its key. */
const BLOCK_BYTES = 64

/** A tag as it is written: 16 bytes as 22 characters of base64url. */
export type GroupTag = string

/** Precedes the first group of a log: 16 zero bytes. */
export const FIRST_TAG: GroupTag = 'A'.repeat(TEXT_LENGTH)

/** Room that a group needs in front of its bytes, so that one call hashes both. */
export const TAG_PREFIX_BYTES: number = BLOCK_BYTES + TAG_BYTES

/** Writes the tags of one log. */
export class GroupTagger {
  readonly #inner: Buffer
  /** The outer block of HMAC, and room for the inner hash. */
  readonly #outer: Buffer

  constructor(key: Uint8Array) {
    const block = Buffer.alloc(BLOCK_BYTES)
    block.set(key)
    this.#inner = block.map((byte) => byte ^ 0x36) as Buffer
    this.#outer = Buffer.concat([block.map((byte) => byte ^ 0x5c), Buffer.alloc(32)])
  }

  /**
   * Appends the tag of the group in `bytes[TAG_PREFIX_BYTES, end)`, which is chained to `previous`. Returns it, and the offset
   * after it. Overwrites the bytes in front of the group.
   */
  write(bytes: Buffer, end: number, previous: GroupTag): { readonly tag: GroupTag; readonly end: number } {
    bytes.set(this.#inner)
    bytes.write(previous, BLOCK_BYTES, 'base64url')
    this.#outer.set(hash('sha256', bytes.subarray(0, end), 'buffer'), BLOCK_BYTES)
    const tag = textOf(hash('sha256', this.#outer, 'buffer'))
    let offset = end
    for (let index = 0; index < START.length; index++) bytes[offset++] = START[index]!
    offset += bytes.write(tag, offset, 'latin1')
    bytes[offset++] = QUOTE
    return { tag, end: offset }
  }
}

/** Checks the groups of one log, one line after the other. With several keys, a tag by any of them is valid. */
export class GroupCheck {
  readonly #keys: readonly KeyObject[]
  #hmacs: readonly Hmac[] = []
  #previous: GroupTag | undefined

  constructor(keys: readonly Uint8Array[]) {
    // From bytes, each HMAC would make such an object again: 14 µs a group instead of 3.
    this.#keys = keys.map((key) => createSecretKey(key))
  }

  /** The tag of the latest line, which the next group is chained to. Undefined if that line has no tag. */
  get previous(): GroupTag | undefined {
    return this.#previous
  }

  /** A group begins after this tag. If the tag is wrong, the group is not valid either. */
  begin(previous: GroupTag): void {
    this.#previous = previous
    this.#hmacs = this.#keys.map((key) => createHmac('sha256', key).update(previous, 'base64url'))
  }

  /** A line in the middle of a group, without its line end; or several, with the line ends between them. */
  add(lines: Uint8Array): void {
    this.#previous = undefined
    for (const hmac of this.#hmacs) hmac.update(lines).update(LINE_END)
  }

  /** The last line of a group, up to its tag. True if the tag is valid; then the next group begins. */
  end(line: Uint8Array, tag: GroupTag): boolean {
    const isGood = this.#hmacs.map((hmac) => textOf(hmac.update(line).digest())).includes(tag)
    this.#hmacs = []
    if (isGood) this.begin(tag)
    return isGood
  }
}

/** The start of a line's tag, if its checksum begins at `end`. Undefined if there is no exactly formatted tag. */
export function tagStart(line: Uint8Array, end: number): number | undefined {
  const start = end - TAG_MEMBER_BYTES
  if (start < 0 || line[end - 1] !== QUOTE) return undefined
  for (let index = 0; index < START.length; index++) if (line[start + index] !== START[index]) return undefined
  for (let offset = start + START.length; offset < end - 1; offset++) if (!isBase64Url(line[offset]!)) return undefined
  // 22 digits hold four bits more than 16 bytes. These bits must be zero, so that they cannot hide data.
  return isLastDigit(line[end - 2]!) ? start : undefined
}

/** One of `AQgw`. */
function isLastDigit(byte: number): boolean {
  return byte === 0x41 || byte === 0x51 || byte === 0x67 || byte === 0x77
}

/** The tag of a line that begins at `start`. */
export function tagAt(line: Buffer, start: number): GroupTag {
  return line.toString('latin1', start + START.length, start + START.length + TEXT_LENGTH)
}

export function isGroupTag(given: unknown): given is GroupTag {
  return typeof given === 'string' && /^[A-Za-z0-9_-]{22}$/.test(given)
}

function textOf(hashed: Buffer): GroupTag {
  return hashed.toString('base64url', 0, TAG_BYTES)
}

function isBase64Url(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x30 && code <= 0x39) ||
    code === 0x2d ||
    code === 0x5f
  )
}
