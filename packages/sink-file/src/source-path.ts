import { createHash } from 'node:crypto'
import { dirname } from 'node:path'
import type { AuditEvent } from '@audit/core/sink'

/** The placeholder in a path for the name of an event's source. */
export const SOURCE = '{source}'

/** Returns the folder that all sources share. */
export function folderOf(template: string): string {
  return dirname(template.slice(0, template.indexOf(SOURCE) + 1))
}

/** The maximum length in a file's name, which leaves room for the text before and after it. */
const MOST_CHARACTERS = 128

/**
 * Turns a source into a unique part of a file name: letters, digits, `-` and dots stay, `/` becomes `_`, and everything else is
 * written in hexadecimal, so it never leads out of its folder. A long source is cut and ends with its digest.
 */
export function sourceName(source: string): string {
  const name = [...Buffer.from(source)].map((byte, index) => nameOf(byte, index)).join('')
  if (name.length <= MOST_CHARACTERS) return name || '%'
  const digest = createHash('sha256').update(source).digest('hex').slice(0, 32)
  return `${name.slice(0, MOST_CHARACTERS - digest.length - 1)}~${digest}`
}

function nameOf(byte: number, index: number): string {
  const character = String.fromCharCode(byte)
  if (character === '/') return '_'
  if (/[A-Za-z0-9-]/.test(character) || (character === '.' && index > 0)) return character
  return `%${byte.toString(16).padStart(2, '0')}`
}

/** The events of a batch that go into one file, in their order. */
export interface Share {
  readonly path: string
  readonly indexes: readonly number[]
}

/** Divides a batch among the files of its sources. Each source keeps its order. */
export function sharesOf(template: string, events: readonly AuditEvent[]): readonly Share[] {
  const bySource = new Map<string, number[]>()
  events.forEach(({ source = 'unknown' }, index) => {
    const indexes = bySource.get(source)
    if (indexes) indexes.push(index)
    else bySource.set(source, [index])
  })
  return [...bySource].map(([source, indexes]) => ({ path: template.replaceAll(SOURCE, () => sourceName(source)), indexes }))
}
