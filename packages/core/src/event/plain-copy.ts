import { hash } from 'node:crypto'
import { types } from 'node:util'
import { classNameOf, inheritsFromProxy, ownData } from './class-name.ts'
import { escapedBytes } from './escape.ts'
import { toMark } from './pointer.ts'
import { setMember } from './set-member.ts'

/** How large a copy may become. Bytes are those of the JSON text it will be. */
export interface CopyLimits {
  readonly maxBytes: number
  readonly maxStringBytes: number
  readonly maxDepth: number
  readonly maxMembers: number
}

/** A class of the application and what stands for its instances: `[Decimal, String]`. */
export type Conversion = readonly [type: abstract new (...args: any[]) => unknown, convert: (value: any) => unknown]

export interface CopyOptions {
  readonly limits: CopyLimits
  /** The member of the event that the value becomes; the start of every pointer in `truncated`. */
  readonly member: string
  readonly convert?: readonly Conversion[]
  /** Told the name of each class that was copied by its data, since nobody said what stands for it. */
  readonly onClass?: (name: string) => void
}

export interface PlainCopy {
  readonly value: unknown
  /** About how many bytes of JSON text it is; never less. */
  readonly bytes: number
  readonly truncated: readonly string[]
}

/** On a copy that was an instance of a class: the class's name. A symbol, so that no schema stumbles over it. */
export const className: unique symbol = Symbol.for('@audit/core.className')

/** Keys are shown in errors and paths, so they are bounded like names. */
const MAX_KEY_BYTES = 256
/** Marks must not outgrow what they mark: with pointers of at most 256 characters together 12 KiB. */
const MAX_PATHS = 50
/** SHA-256 of one mebibyte takes 2 to 10 ms, which is all the time a call may cost. */
const MAX_DIGEST_CHARACTERS = 1 << 20
/** A double has 1,024 bits before its point; a longer integer takes quadratic time to print. */
const MAX_BIGINT = 2n ** 1024n

/**
 * Copies a value by its own enumerable data properties: no getter, no `toJSON`, no iterator of the value's own is called, a Proxy is not
 * touched. Dates, URLs, Errors, Maps, Sets, bigints and bytes become fresh values of their kind. What is too deep, too long or cyclic
 * is cut and its place listed. Never throws, never changes the value.
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
        this.bytes += 24
        return value
      case 'bigint':
        if (value >= MAX_BIGINT || value <= -MAX_BIGINT) return this.#cut('[BigInt]')
        this.bytes += 310
        return value
      case 'boolean':
        this.bytes += 5
        return value
      case 'object':
        if (value !== null) return this.#copyObject(value, depth)
        this.bytes += 4
        return null
      default:
        // Functions and symbols carry no data; like `undefined`, they are what JSON leaves out.
        return undefined
    }
  }

  #copyString(value: string): string {
    let bytes = 2
    for (let index = 0; index < value.length; index++) {
      bytes += escapedBytes(value.charCodeAt(index))
      if (bytes > this.#limits.maxStringBytes) return this.#cutString(value, index)
    }
    this.bytes += bytes
    return value
  }

  #cutString(value: string, fits: number): string {
    this.#mark()
    // The marker itself takes some room, and a surrogate pair must not be split.
    let end = Math.max(0, fits - 140)
    if (end > 0 && (value.charCodeAt(end - 1) & 0xfc00) === 0xd800) end--
    const digest = value.length <= this.#digestable ? ` sha256:${hash('sha256', value)}` : ''
    if (digest) this.#digestable -= value.length
    this.bytes += this.#limits.maxStringBytes
    return `${value.slice(0, end)}[cut: ${value.length} characters${digest}]`
  }

  #copyObject(value: object, depth: number): unknown {
    if (types.isProxy(value) || inheritsFromProxy(value)) return this.#cut('[Proxy]')
    if (this.#ancestors.includes(value)) return this.#cut('[Circular]')
    if (depth >= this.#limits.maxDepth) return this.#cut('[Too deep]')
    if (this.bytes >= this.#limits.maxBytes) return this.#cut('[Too large]')
    const converted = this.#convert(value)
    if (converted) return this.copy(converted.value, depth + 1)

    this.#ancestors.push(value)
    this.bytes += 2
    const copied = Array.isArray(value) ? this.#copyArray(value, depth) : this.#copyByKind(value, depth)
    this.#ancestors.pop()
    return copied
  }

  #convert(value: object): { readonly value: unknown } | undefined {
    const conversion = this.#options.convert?.find(([type]) => type.prototype.isPrototypeOf(value))
    if (!conversion) return undefined
    try {
      const converted = conversion[1](value)
      // What stands for an instance is not an instance again, or it would never end.
      return { value: converted === value ? this.#cut(`[${classNameOf(value)}]`) : converted }
    } catch {
      return { value: this.#cut(`[${classNameOf(value)}]`) }
    }
  }

  #copyArray(value: readonly unknown[], depth: number): unknown[] {
    const copy: unknown[] = []
    const length = Math.min(value.length, this.#limits.maxMembers)
    if (length < value.length) this.#mark()
    for (let index = 0; index < length; index++) {
      if (this.#isFull()) break
      copy.push(this.#copyMember(value, index, depth) ?? null)
      this.bytes += 5
    }
    return copy
  }

  #copyByKind(value: object, depth: number): unknown {
    if (types.isDate(value)) return this.#sized(30, new Date(Date.prototype.getTime.call(value)))
    if (types.isTypedArray(value)) return this.#copyBytes(value)
    if (types.isMap(value)) return this.#copyMap(value, depth)
    if (types.isSet(value)) return this.#copySet(value, depth)
    if (URL.prototype.isPrototypeOf(value)) return this.#copyUrl(value)
    if (types.isNativeError(value) || Error.prototype.isPrototypeOf(value)) return this.#copyError(value)
    return this.#copyMembers(value, depth)
  }

  #copyMembers(value: object, depth: number): object {
    const copy: Record<string, unknown> = {}
    let members = 0
    for (const key of Object.keys(value)) {
      if (this.#isFull()) break
      if (members++ === this.#limits.maxMembers) {
        this.#mark()
        break
      }
      const member = this.#copyMember(value, key, depth)
      if (member !== undefined) this.#set(copy, key, member)
    }
    const prototype = Object.getPrototypeOf(value) as object | null
    if (prototype !== null && prototype !== Object.prototype) {
      const name = classNameOf(value)
      if (name !== 'Object') {
        this.#options.onClass?.(name)
        this.bytes += name.length + 16
        Object.defineProperty(copy, className, { value: name })
      }
    }
    return copy
  }

  #copyMember(holder: object, key: string | number, depth: number): unknown {
    const member = Object.getOwnPropertyDescriptor(holder, key)
    if (member === undefined) return undefined
    this.#keys.push(key)
    // A getter is the application's code; asking it could throw, loop or answer differently each time.
    const copy = 'value' in member ? this.copy(member.value, depth + 1) : this.#cut('[Getter]')
    this.#keys.pop()
    return copy
  }

  #set(copy: Record<string, unknown>, key: string, value: unknown): void {
    const name = key.length > MAX_KEY_BYTES ? `${key.slice(0, MAX_KEY_BYTES)}[cut]` : key
    if (name !== key) this.#mark()
    for (let index = 0; index < name.length; index++) this.bytes += escapedBytes(name.charCodeAt(index))
    this.bytes += 4
    setMember(copy, name, value)
  }

  #copyMap(value: Map<unknown, unknown>, depth: number): Map<unknown, unknown> {
    const copy = new Map<unknown, unknown>()
    // The prototype's own iterator, since the value may have brought another.
    for (const [key, member] of Map.prototype.entries.call(value)) {
      if (copy.size >= this.#limits.maxMembers) this.#mark()
      if (copy.size >= this.#limits.maxMembers || this.#isFull()) break
      this.#keys.push(typeof key === 'string' ? key : copy.size)
      copy.set(this.copy(key, depth + 1), this.copy(member, depth + 1))
      this.#keys.pop()
      this.bytes += 8
    }
    return copy
  }

  #copySet(value: Set<unknown>, depth: number): Set<unknown> {
    const copy = new Set<unknown>()
    for (const member of Set.prototype.values.call(value)) {
      if (copy.size >= this.#limits.maxMembers) this.#mark()
      if (copy.size >= this.#limits.maxMembers || this.#isFull()) break
      this.#keys.push(copy.size)
      copy.add(this.copy(member, depth + 1))
      this.#keys.pop()
      this.bytes += 4
    }
    return copy
  }

  #copyBytes(value: object): Uint8Array {
    const room = Math.floor((this.#limits.maxStringBytes * 3) / 4)
    const length = viewLength.call(value)
    if (length > room) this.#mark()
    const copy = Buffer.from(new Uint8Array(viewBuffer.call(value), viewOffset.call(value), Math.min(length, room)))
    return this.#sized(Math.ceil(copy.length / 3) * 4, copy)
  }

  #copyUrl(value: object): URL | string {
    try {
      const href = urlText.call(value)
      const fits = this.#copyString(href)
      return fits === href ? new URL(href) : fits
    } catch {
      return this.#cut('[URL]')
    }
  }

  /** Kind and code are machine words; a message quotes values, so it stays out. */
  #copyError(value: object): Error {
    const copy = Object.create(Error.prototype) as Error & { code?: unknown }
    copy.name = classNameOf(value)
    const code = ownData(value, 'code')
    if (typeof code === 'string' || typeof code === 'number') copy.code = this.copy(code, 0)
    return this.#sized(copy.name.length + 32, copy)
  }

  #sized<T>(bytes: number, value: T): T {
    this.bytes += bytes
    return value
  }

  #isFull(): boolean {
    if (this.bytes < this.#limits.maxBytes) return false
    this.#mark()
    return true
  }

  #cut(marker: string): string {
    this.#mark()
    return this.#sized(marker.length + 2, marker)
  }

  #mark(): void {
    if (this.truncated.length >= MAX_PATHS) return
    this.truncated.push(toMark([this.#options.member, ...this.#keys]))
  }
}

// The getters of the language itself: a value can carry properties of the same names that answer otherwise.
const urlText = getterOf<string>(URL.prototype, 'href')
const typedArray = Object.getPrototypeOf(Uint8Array.prototype) as object
const viewLength = getterOf<number>(typedArray, 'byteLength')
const viewOffset = getterOf<number>(typedArray, 'byteOffset')
const viewBuffer = getterOf<ArrayBuffer>(typedArray, 'buffer')

function getterOf<T>(prototype: object, key: string): (this: object) => T {
  return Object.getOwnPropertyDescriptor(prototype, key)!.get as (this: object) => T
}
