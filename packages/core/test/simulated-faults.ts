import { below, pick, type Random } from './simulated-random.ts'

const messages = {
  EACCES: 'permission denied',
  EEXIST: 'file already exists',
  EINTR: 'interrupted system call',
  EIO: 'i/o error',
  EISDIR: 'illegal operation on a directory',
  EMFILE: 'too many open files',
  ENOENT: 'no such file or directory',
  ENOSPC: 'no space left on device',
  ENOTDIR: 'not a directory',
  EXDEV: 'cross-device link not permitted',
} as const

export type Errno = keyof typeof messages

export const faultyErrnos: readonly Errno[] = ['EIO', 'ENOSPC', 'EMFILE', 'EACCES', 'EINTR']

export const faultyCalls = [
  'makeDirectory',
  'list',
  'open',
  'rename',
  'remove',
  'stat',
  'syncDirectory',
  'space',
  'lock',
  'createSync',
  'write',
  'read',
  'sync',
  'close',
] as const
export type FaultyCall = (typeof faultyCalls)[number]

/** `short`: it handles fewer bytes than requested. */
export type Fault = Errno | 'short'

/** An error as Node gives it. */
export function failure(code: Errno, syscall: string, path?: string): NodeJS.ErrnoException {
  const where = path === undefined ? '' : ` '${path}'`
  return Object.assign(new Error(`${code}: ${messages[code]}, ${syscall}${where}`), {
    code,
    syscall,
    ...(path !== undefined && { path }),
  })
}

/** Decides which calls fail: the named ones, and a share of all others. */
export class SimulatedFaults {
  readonly #random: Random
  readonly #share: number
  readonly #waiting = new Map<FaultyCall, Fault[]>()
  #count = 0
  #calls = 0
  #nth: { readonly call: number; readonly fault: Fault } | undefined

  constructor(random: Random, share: number) {
    this.#random = random
    this.#share = share
  }

  /** Number of faults that happened. */
  get count(): number {
    return this.#count
  }

  failNext(call: FaultyCall, fault: Fault): void {
    const waiting = this.#waiting.get(call) ?? []
    waiting.push(fault)
    this.#waiting.set(call, waiting)
  }

  /** Makes the call with this number fail, whichever it is. */
  failNth(call: number, fault: Fault): void {
    this.#nth = { call: this.#calls + call, fault }
  }

  clear(): number {
    this.#nth = undefined
    const count = [...this.#waiting.values()].reduce((sum, faults) => sum + faults.length, 0)
    this.#waiting.clear()
    return count
  }

  take(call: FaultyCall): Fault | undefined {
    const isNth = this.#calls++ === this.#nth?.call
    const fault = isNth ? this.#nth?.fault : (this.#waiting.get(call)?.shift() ?? this.#drawn(call))
    if (fault !== undefined) this.#count++
    return fault
  }

  /** Throws if this call must fail. */
  check(call: FaultyCall, path?: string): void {
    const fault = this.take(call)
    if (fault !== undefined && fault !== 'short') throw failure(fault, call, path)
  }

  /** Returns how many of the requested bytes a short call moves. */
  shortened(bytes: number): number {
    return below(this.#random, Math.max(1, bytes))
  }

  #drawn(call: FaultyCall): Fault | undefined {
    if (this.#share === 0 || this.#random() >= this.#share) return undefined
    return call === 'write' || call === 'read'
      ? pick<Fault>(this.#random, [...faultyErrnos, 'short'])
      : pick(this.#random, faultyErrnos)
  }
}
