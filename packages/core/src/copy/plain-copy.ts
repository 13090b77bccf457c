import { types } from 'node:util'
import { className, classNameOf, data, givenName, involvesProxy } from './class-name.ts'
import { copyOfKind, unboxed } from './copy-of-kind.ts'
import { cutName, cutText } from './cut-text.ts'
import { escapedBytes } from './escape.ts'
import { toMark } from './pointer.ts'
import { setMember } from './set-member.ts'

/** Limits of a copy. Bytes are those of its JSON text. */
export interface CopyLimits {
  readonly maxBytes: number
  readonly maxStringBytes: number
  readonly maxDepth: number
  readonly maxMembers: number
}

/** A class of the application and the function that converts its instances: `[Decimal, String]`. */
export type Conversion = readonly [type: abstract new (...args: any[]) => unknown, convert: (value: any) => unknown]

export interface CopyOptions {
  readonly limits: CopyLimits
  /** The member of the event that the value becomes; the start of every pointer in `truncated`. */
  readonly member: string
  readonly convert?: readonly Conversion[]
  /** Called for each instance that was copied by its own data, because its class has no conversion. */
  readonly onClass?: (name: string, form: 'text' | 'data') => void
}

export interface PlainCopy {
  readonly value: unknown
  /** Estimated bytes of its JSON text; never less than the real size. */
  readonly bytes: number
  readonly truncated: readonly string[]
}

/** Marks must not outgrow what they mark: with pointers of at most 256 characters together 12 KiB. */
const MAX_PATHS = 50
/** Members that are left out, such as methods, cost time and no bytes. Within 48 KiB honest data has some 10,000 members. */
const MAX_LOOKS = 20_000
/** SHA-256 of one mebibyte takes 2 to 10 ms, which is the most that a call may cost. */
const MAX_DIGEST_CHARACTERS = 1 << 20
/** A double has 1,024 bits before its point; a longer integer takes quadratic time to print. */
const MAX_BIGINT = 2n ** 1024n

/** The text of an object whose class has none of its own. */
const NO_TEXT = /^\[object [^\]]*\]$/

/** The same names occur again and again; each is measured once. */
const nameBytes = new Map<string, number>()
const MAX_KNOWN_NAMES = 1_000

/**
 * Copies a value by its own enumerable data properties: calls no getter, no `toJSON` and no iterator of the value, and does not
 * touch a Proxy. Dates, URLs, Errors, Maps, Sets, bigints and bytes become fresh values of their kind. Parts that are too deep,
 * too long or cyclic are cut, and their places listed. Never throws, never changes the value.
 */
export function plainCopy(value: unknown, options: CopyOptions): PlainCopy {
  const walk = new Walk(options)
  const copy = walk.copy(value, 0)
  return { value: copy, bytes: walk.bytes, truncated: walk.truncated }
}

class Walk {
  bytes = 0
  readonly truncated: string[] = []
  readonly #options: CopyOptions
  readonly #limits: CopyLimits
  readonly #keys: (string | number)[] = []
  readonly #ancestors: object[] = []
  #looks = 0
  #digestable = MAX_DIGEST_CHARACTERS

  constructor(options: CopyOptions) {
    this.#options = options
    this.#limits = options.limits
  }

  copy(value: unknown, depth: number): unknown {
    switch (typeof value) {
      case 'string':
        return this.#copyString(value)
      case 'number':
        return this.#sized(24, value)
      case 'bigint':
        if (value >= MAX_BIGINT || value <= -MAX_BIGINT) return this.#cut('[BigInt]')
        return this.#sized(312, value)
      case 'boolean':
        return this.#sized(5, value)
      case 'object':
        return value === null ? this.#sized(4, null) : this.#copyObject(value, depth)
      default:
        // Functions and symbols carry no data; like `undefined`, JSON leaves them out.
        return undefined
    }
  }

  #copyString(value: string): string {
    const room = Math.min(this.#limits.maxStringBytes, this.#room)
    let bytes = 2
    for (let index = 0; index < value.length; index++) {
      bytes += escapedBytes(value.charCodeAt(index))
      if (bytes > room) return this.#cutString(value, index)
    }
    return this.#sized(bytes, value)
  }

  #cutString(value: string, fits: number): string {
    this.#mark()
    const withDigest = value.length <= this.#digestable
    if (withDigest) this.#digestable -= value.length
    const cut = cutText(value, fits, withDigest)
    return this.#sized(textBytes(cut), cut)
  }

  #copyObject(value: object, depth: number): unknown {
    if (involvesProxy(value)) return this.#cut('[Proxy]')
    if (this.#ancestors.includes(value)) return this.#cut('[Circular]')
    if (depth >= this.#limits.maxDepth) return this.#cut('[Too deep]')
    if (this.#isSpent) return this.#cut('[Too large]')
    const converted = this.#convert(value)
    if (converted) return this.copy(converted.value, depth + 1)

    const keys = this.#keys.length
    const ancestors = this.#ancestors.push(value) - 1
    try {
      return this.#sized(2, Array.isArray(value) ? this.#copyArray(value, depth) : this.#copyByKind(value, depth))
    } catch {
      // Some objects of the language itself cannot be read: a module that is still loading, a view of transferred memory.
      this.#keys.length = keys
      return this.#cut('[Unreadable]')
    } finally {
      this.#ancestors.length = ancestors
    }
  }

  #convert(value: object): { readonly value: unknown } | undefined {
    const conversion = this.#options.convert?.find(([type]) => Object.prototype.isPrototypeOf.call(type.prototype, value))
    if (!conversion) return undefined
    try {
      const converted = conversion[1](value)
      // `String` of a class without a `toString` has no information, so the instance is copied.
      if (typeof converted === 'string' && NO_TEXT.test(converted)) return undefined
      // The result of a conversion is not converted again, or it might never end.
      return { value: converted === value ? this.#cut(`[${classNameOf(value)}]`) : converted }
    } catch {
      return { value: this.#cut(`[${classNameOf(value)}]`) }
    }
  }

  #copyArray(value: readonly unknown[], depth: number): unknown[] {
    const copy: unknown[] = []
    const length = Math.min(value.length, this.#limits.maxMembers)
    if (length < value.length) this.#mark()
    this.#looks += length
    for (let index = 0; index < length; index++) {
      if (this.#isFull()) break
      copy.push(this.#copyMember(value, index, depth) ?? null)
      this.bytes += 5
    }
    return copy
  }

  #copyByKind(value: object, depth: number): unknown {
    if (Object.getPrototypeOf(value) === Object.prototype) return this.#copyMembers(value, depth)
    if (types.isMap(value)) return this.#copyMap(value, depth)
    if (types.isSet(value)) return this.#copySet(value, depth)
    if (types.isBoxedPrimitive(value)) return this.copy(unboxed(value), depth)
    const copied = copyOfKind(value, Math.min(this.#limits.maxStringBytes, this.#room))
    if (!copied) return this.#copyMembers(value, depth)
    if (copied.isCut) this.#mark()
    return this.#sized(copied.bytes, copied.value)
  }

  #copyMembers(value: object, depth: number): object {
    const copy: Record<string, unknown> = {}
    const keys = Object.keys(value)
    const length = Math.min(keys.length, this.#limits.maxMembers)
    if (length < keys.length) this.#mark()
    for (let index = 0; index < length; index++) {
      if (this.#isFull()) break
      const key = keys[index]!
      const member = this.#copyMember(value, key, depth)
      if (member !== undefined) setMember(copy, this.#name(key), this.#sized(4, member))
    }
    this.#looks += keys.length
    const name = this.#classOf(value)
    if (name !== undefined) Object.defineProperty(copy, className, { value: this.#sized(name.length + 16, name) })
    return copy
  }

  #classOf(value: object): string | undefined {
    const given = givenName(value)
    if (given !== undefined) return given
    const prototype = Object.getPrototypeOf(value) as object | null
    if (prototype === null || prototype === Object.prototype) return undefined
    const name = classNameOf(value)
    if (name === 'Object') return undefined
    this.#options.onClass?.(name, data(value, 'toString') === Object.prototype.toString ? 'data' : 'text')
    return name
  }

  #copyMember(holder: object, key: string | number, depth: number): unknown {
    const member = Object.getOwnPropertyDescriptor(holder, key)
    if (member === undefined) return undefined
    if (typeof member.value === 'boolean') return this.#sized(5, member.value)
    this.#keys.push(key)
    // A getter is the application's code; calling it could throw, loop or return something else each time.
    const copy = 'value' in member ? this.copy(member.value, depth + 1) : this.#cut('[Getter]')
    this.#keys.pop()
    return copy
  }

  #copyMap(value: Map<unknown, unknown>, depth: number): Map<unknown, unknown> {
    const copy = new Map<unknown, unknown>()
    let members = 0
    // Uses the prototype's own iterator, since the value may have another one.
    for (const [key, member] of Map.prototype.entries.call(value)) {
      if (this.#isFull(members++)) break
      this.#keys.push(typeof key === 'string' ? key : copy.size)
      this.#copyEntry(copy, key, member, depth)
      this.#keys.pop()
    }
    return copy
  }

  #copyEntry(copy: Map<unknown, unknown>, key: unknown, member: unknown, depth: number): void {
    this.#looks++
    const name = typeof key === 'string' ? this.#name(key) : this.copy(key, depth + 1)
    // A function has no text as a key, and two keys that look the same cannot both stay.
    if ((name === undefined && key !== undefined) || copy.has(name)) return this.#mark()
    copy.set(name, this.#sized(16, this.copy(member, depth + 1)))
  }

  #copySet(value: Set<unknown>, depth: number): Set<unknown> {
    const copy = new Set<unknown>()
    let members = 0
    for (const member of Set.prototype.values.call(value)) {
      if (this.#isFull(members++)) break
      this.#looks++
      this.#keys.push(copy.size)
      if (copy.add(this.#sized(5, this.copy(member, depth + 1))).size < members) this.#mark()
      this.#keys.pop()
    }
    return copy
  }

  #name(key: string): string {
    const known = nameBytes.get(key)
    if (known !== undefined) return this.#sized(known, key)
    const name = cutName(key)
    const bytes = textBytes(name)
    if (name !== key) this.#mark()
    else if (nameBytes.size < MAX_KNOWN_NAMES) nameBytes.set(name, bytes)
    return this.#sized(bytes, name)
  }

  get #room(): number {
    return Math.max(0, this.#limits.maxBytes - this.bytes)
  }

  get #isSpent(): boolean {
    return this.bytes >= this.#limits.maxBytes || this.#looks > MAX_LOOKS
  }

  /** Adds no member beyond the limit of an object, or of the whole copy. */
  #isFull(members = 0): boolean {
    const isFull = this.#isSpent || members >= this.#limits.maxMembers
    if (isFull) this.#mark()
    return isFull
  }

  #cut(marker: string): string {
    this.#mark()
    return this.#sized(marker.length + 2, marker)
  }

  #sized<T>(bytes: number, value: T): T {
    this.bytes += bytes
    return value
  }

  #mark(): void {
    if (this.truncated.length === MAX_PATHS) return
    const path = toMark([this.#options.member, ...this.#keys])
    if (this.truncated.at(-1) !== path) this.truncated.push(path)
  }
}

function textBytes(text: string): number {
  let bytes = 2
  for (let index = 0; index < text.length; index++) bytes += escapedBytes(text.charCodeAt(index))
  return bytes
}
