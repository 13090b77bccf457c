import type { ConfigNode, FliptSource, ListNode, MapNode, NodeAt, Origin, Problems, ScalarNode } from './config-tree.ts'
import { parseGoDuration } from './go-duration.ts'

const NANOSECONDS = 1_000_000

const AMBIGUOUS =
  'Flipt may read this as another text; put a text in quotes, and write a number in decimal digits without a leading 0'
/** Texts that a YAML parser may read as a number: 012345 is octal for Flipt's parser, and 1_000 a thousand. */
const NUMBER_LIKE = /^[-+]?(\.?\d[\d_]*|0[box][\da-f_]+)[\d_]*(\.[\d_]*)?(e[-+]?\d+)?$/i

/** True if Flipt changes the text of an unquoted value: `true` becomes `1`, 012345 becomes 5349. */
export function isAmbiguous({ value, plain }: ScalarNode): boolean {
  if (typeof value === 'boolean') return true
  if (plain === undefined) return false
  return typeof value === 'number' ? String(value) !== plain : NUMBER_LIKE.test(plain)
}

/** Reads values like Flipt, which converts `'true'` and `'5'`. Adds a problem for each value of a wrong kind. */
export class FliptValues {
  readonly #root: MapNode
  readonly #problems: Problems
  readonly #nodeAt: NodeAt

  constructor(root: MapNode, { problems, nodeAt }: Pick<FliptSource, 'problems' | 'nodeAt'>) {
    this.#root = root
    this.#problems = problems
    this.#nodeAt = nodeAt
  }

  /** Returns the place of the key, or the place where it would be. */
  origin(path: string): Origin {
    const parts = path.split('.')
    const key = path.replaceAll(/\.(\d+)/g, '[$1]')
    for (let length = parts.length; length >= 0; length--) {
      const node = this.#nodeAt(this.#root, parts.slice(0, length))
      if (node) return { place: node.origin.place, key }
    }
    return { place: this.#root.origin.place, key }
  }

  problem(path: string, what: string): void {
    this.#problems.add(this.origin(path), what)
  }

  /** Returns the value, or undefined for a missing or empty one, which Flipt treats alike. */
  at(path: string): ConfigNode | undefined {
    const node = this.#nodeAt(this.#root, path.split('.'))
    return node?.kind === 'scalar' && (node.value === null || node.value === '') ? undefined : node
  }

  isOn(path: string): boolean {
    const node = this.at(path)
    const written = node?.kind === 'scalar' ? String(node.value) : undefined
    if (node === undefined || /^(0|f|F|false|FALSE|False)$/.test(written ?? '')) return false
    if (!/^(1|t|T|true|TRUE|True)$/.test(written ?? '')) this.problem(path, 'give true or false')
    return true
  }

  text(path: string): ScalarNode | undefined {
    const node = this.at(path)
    if (node === undefined) return undefined
    if (node.kind === 'scalar' && !isAmbiguous(node)) return { ...node, value: String(node.value) }
    this.problem(path, node.kind === 'scalar' ? AMBIGUOUS : 'give a text')
    return undefined
  }

  oneOf(path: string, words: readonly string[]): string | undefined {
    const node = this.text(path)
    if (node === undefined) return undefined
    if (words.includes(String(node.value))) return String(node.value)
    this.problem(path, `give ${words.map((word) => `'${word}'`).join(' or ')}`)
    return undefined
  }

  whole(path: string, { min, max }: { readonly min: number; readonly max: number }): number | undefined {
    const node = this.text(path)
    const value = Number(node?.value)
    if (node === undefined || (Number.isInteger(value) && value >= min && value <= max)) return node && value
    this.problem(path, `give a whole number from ${min} to ${max}`)
    return undefined
  }

  /** In milliseconds. */
  duration(path: string, range: { readonly min: number; readonly max: number; readonly said: string }): number | undefined {
    const isNumber = typeof (this.at(path) as ScalarNode | undefined)?.value === 'number'
    const node = this.text(path)
    if (node === undefined) return undefined
    const value = isNumber ? Number(node.value) / NANOSECONDS : parseGoDuration(String(node.value))
    // A duration below a millisecond was meant as seconds.
    const isMeant = value === 0 || (value !== undefined && Math.abs(value) >= 1)
    if (isMeant && value >= range.min && value <= range.max) return Math.round(value)
    this.problem(path, `give a duration ${range.said}${isNumber ? '; a number without a unit is nanoseconds to Flipt' : ''}`)
    return undefined
  }

  list(path: string): ListNode | undefined {
    const node = this.at(path)
    if (node === undefined || node.kind === 'list') return node
    this.problem(path, 'give a list')
    return undefined
  }
}

/** Makes a map of the members that have a value. */
export function mapOf(origin: Origin, members: Readonly<Record<string, ConfigNode | string | number | undefined>>): MapNode {
  const map: MapNode = { kind: 'map', members: new Map(), origin }
  for (const [key, member] of Object.entries(members)) {
    if (member === undefined) continue
    map.members.set(key, typeof member === 'object' ? member : { kind: 'scalar', value: member, origin })
  }
  return map
}
