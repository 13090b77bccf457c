import { randomBytes } from 'node:crypto'

/** A file closed by rotation: `audit.log.20261123T063412123Z-7f3a9c`, with `.gz` once it is compressed. */
export interface RotatedFile {
  /** Its name without `.gz`. */
  readonly name: string
  readonly isPlain: boolean
  readonly isGzip: boolean
}

/** The suffix of an unfinished compression. */
export const PART = '.gz.part'

const STAMP = /^\d{8}T\d{9}Z-[0-9a-f]{6}$/

/**
 * Makes a unique name that sorts after all `names` of earlier rotations of `base`. It contains the time; if the clock went back or
 * stands still, one millisecond after the last name.
 */
export function nextRotatedName(base: string, names: readonly string[], nowMs: number): string {
  const last = rotatedFiles(base, names).at(-1)
  const lastMs = last ? timeOf(last.name.slice(base.length + 1)) : -Infinity
  const stamp = new Date(Math.max(nowMs, lastMs + 1)).toISOString().replaceAll(/[-:.]/g, '')
  return `${base}.${stamp}-${randomBytes(3).toString('hex')}`
}

/** The rotated files of `base` among `names`, oldest first; a file that exists plain and compressed is listed once. */
export function rotatedFiles(base: string, names: readonly string[]): readonly RotatedFile[] {
  const found = new Map<string, RotatedFile>()
  for (const each of names) {
    if (!each.startsWith(`${base}.`)) continue
    const isGzip = each.endsWith('.gz')
    const name = isGzip ? each.slice(0, -'.gz'.length) : each
    if (!isStamp(name.slice(base.length + 1))) continue
    const other = found.get(name)
    found.set(name, { name, isPlain: !isGzip || other?.isPlain === true, isGzip: isGzip || other?.isGzip === true })
  }
  return [...found.values()].toSorted((one, other) => (one.name < other.name ? -1 : 1))
}

/** True if the name is that of an unfinished compression of a rotated file of `base`. */
export function isPartOf(base: string, name: string): boolean {
  return name.startsWith(`${base}.`) && name.endsWith(PART) && isStamp(name.slice(base.length + 1, -PART.length))
}

function isStamp(text: string): boolean {
  return STAMP.test(text) && !Number.isNaN(timeOf(text))
}

function timeOf(stamp: string): number {
  return Date.parse(stamp.replace(/^(....)(..)(..)T(..)(..)(..)(...)Z.*$/, '$1-$2-$3T$4:$5:$6.$7Z'))
}
