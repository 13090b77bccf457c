import { areBytesAt } from './bytes-at.ts'
import { scalarEnd, stringEnd, type JsonObjectReader } from './json-object.ts'

// The lines of a trail are alike: the same members in the same order, with other values. The shape of a line is its bytes without its
// texts, numbers and literals. A line with the shape of one that was read in full has no name twice either, and is as deep; only its
// values are still to be checked, which takes a third of the time.

/** Offsets of a member's value, with the quotes of a text. */
export interface Place {
  start: number
  end: number
}

/** A part of a shape: these bytes, then a value. */
interface Part {
  readonly bytes: Buffer
  readonly value: 'text' | 'scalar' | 'end of line'
  /** Member under which to keep the value's offsets; undefined if the verifier does not use it. */
  readonly place: Place | undefined
  readonly next: Part[]
}

/** Lines with more values are rare, and are read in full. */
const MAX_VALUES = 256
/** A trail has a few shapes. If there are more, because names are data, all are forgotten, and the next ones remembered. */
const MAX_PARTS = 4_096
const MAX_BRANCHES = 8

const QUOTE = 0x22

/** Remembers the shapes of lines. Its places are those of the line that was matched or learned last. */
export class LineShapes {
  readonly type: Place = { start: 0, end: 0 }
  readonly action: Place = { start: 0, end: 0 }
  readonly timestamp: Place = { start: 0, end: 0 }
  readonly source: Place = { start: 0, end: 0 }
  readonly #used: readonly (readonly [Buffer, Place])[] = [
    [Buffer.from('type'), this.type],
    [Buffer.from('action'), this.action],
    [Buffer.from('timestamp'), this.timestamp],
    [Buffer.from('source'), this.source],
  ]
  #first: Part[] = []
  #count = 0

  /** True if the line has a known shape and is JSON. It does not check UTF-8. */
  match(line: Buffer): boolean {
    let parts = this.#first
    for (let at = 0; ;) {
      const part = partAt(parts, line, at)
      if (!part) return false
      at += part.bytes.length
      if (part.value === 'end of line') return true
      const end = part.value === 'text' ? stringEnd(line, at, line.length) : scalarEnd(line, at, line.length)
      if (end === -1) return false
      if (part.place) {
        part.place.start = at
        part.place.end = end
      }
      at = end
      parts = part.next
    }
  }

  /** Remembers the shape of a line that was read in full. False if it does not have all members that are used. */
  learn(line: Buffer, object: JsonObjectReader): boolean {
    for (const [name, place] of this.#used) {
      const member = object.member(name)
      if (!member) return false
      place.start = member.valueStart
      place.end = member.valueEnd
    }
    if (object.valueCount <= MAX_VALUES && !this.#add(line, object)) {
      this.#first = []
      this.#count = 0
      this.#add(line, object)
    }
    return true
  }

  /** False if there is no room for it. */
  #add(line: Buffer, object: JsonObjectReader): boolean {
    const copy = Buffer.from(line)
    let parts = this.#first
    let at = 0
    for (let index = 0; index < object.valueCount; index++) {
      const start = object.valueStarts[index]!
      const bytes = copy.subarray(at, start)
      const value = line[start] === QUOTE ? 'text' : 'scalar'
      let part = parts.find((each) => each.value === value && each.bytes.equals(bytes))
      if (!part) {
        if (!this.#hasRoom(parts)) return false
        part = { bytes, value, place: this.#used.find(([, each]) => each.start === start)?.[1], next: [] }
        parts.push(part)
      }
      at = object.valueEnds[index]!
      parts = part.next
    }
    if (!this.#hasRoom(parts)) return false
    parts.push({ bytes: copy.subarray(at), value: 'end of line', place: undefined, next: [] })
    return true
  }

  #hasRoom(parts: readonly Part[]): boolean {
    return parts.length < MAX_BRANCHES && this.#count++ < MAX_PARTS
  }
}

/** At most one part fits a line that is JSON: the bytes so far decide if a value or a name follows. */
function partAt(parts: readonly Part[], line: Buffer, at: number): Part | undefined {
  for (const part of parts) {
    const end = at + part.bytes.length
    if (isAt(part.value, line, end) && areBytesAt(line, at, part.bytes)) return part
  }
  return undefined
}

function isAt(value: Part['value'], line: Buffer, at: number): boolean {
  switch (value) {
    case 'end of line':
      return at === line.length
    case 'text':
      return line[at] === QUOTE
    default:
      return isScalarStart(line[at])
  }
}

/** A digit, a minus, or the first letter of `true`, `false` or `null`. */
function isScalarStart(byte: number | undefined): boolean {
  if (byte === undefined) return false
  return (byte >= 0x30 && byte <= 0x39) || byte === 0x2d || byte === 0x74 || byte === 0x66 || byte === 0x6e
}
