import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type ParsedNode } from 'yaml'
import type { Problems } from '../problems.ts'
import { emptyMap, type ConfigNode, type MapNode, type Origin } from './config-node.ts'

/** A configuration has some hundred values; nested aliases can make thousands from a few lines. */
const MAX_VALUES = 10_000
const MAX_DEPTH = 32

/** Messages for the parser's codes. Its own messages quote the text, which may be a secret. */
const meanings: Readonly<Record<string, string>> = {
  BAD_ALIAS: 'the alias or its anchor is invalid',
  BAD_INDENT: 'the indentation does not fit the lines around it',
  BAD_SCALAR_START: 'a value cannot begin with this character; quote the value',
  BLOCK_AS_IMPLICIT_KEY: "a mapping is not allowed here; check the indentation, and put a text with ':' in quotes",
  DUPLICATE_KEY: 'the key occurs twice',
  KEY_OVER_1024_CHARS: 'the key is too long',
  MISSING_CHAR: 'a quote, a bracket or a comma is missing',
  MULTIPLE_DOCS: 'a second document begins; give only one',
  MULTILINE_IMPLICIT_KEY: "a key must be on one line; check for a missing ':'",
  TAB_AS_INDENT: 'a tab cannot indent; use spaces',
  TAG_RESOLVE_FAILED: 'there is no such tag',
  UNEXPECTED_TOKEN: 'this is not expected here',
}

/** Reads YAML 1.2, which includes JSON. Adds problems with line and column; the result is then not usable. */
export function parseYaml(text: string, file: string, problems: Problems): MapNode {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error', version: '1.2' })
  const placeOf = (offset: number) => {
    const { line, col } = lines.linePos(offset)
    return `${file}:${line}:${col}`
  }
  for (const { code, pos } of [...document.errors, ...document.warnings]) {
    problems.add(
      { place: placeOf(pos[0]), key: '' },
      meanings[code] ?? `this is not YAML (${code.toLowerCase().replaceAll('_', ' ')})`,
    )
  }
  const root = emptyMap({ place: file, key: '' })
  if (problems.count > 0 || document.contents === null) return root

  let values = 0
  function convert(node: ParsedNode | null, origin: Origin, depth: number): ConfigNode {
    if (++values > MAX_VALUES || depth > MAX_DEPTH) {
      const isFirst = values === MAX_VALUES + 1 || depth === MAX_DEPTH + 1
      if (isFirst)
        problems.add(
          origin,
          `it is too large: at most ${MAX_VALUES} values and ${MAX_DEPTH} levels are allowed, with aliases expanded`,
        )
      return { kind: 'scalar', value: null, origin }
    }
    if (isAlias(node)) {
      const target = node.resolve(document) as ParsedNode | undefined
      if (target) return convert(target, origin, depth + 1)
      problems.add(origin, 'the alias has no anchor above it')
      return { kind: 'scalar', value: null, origin }
    }
    if (isMap(node)) return convertMap(node.items as readonly Pair[], origin, depth)
    if (isSeq(node)) {
      const items = (node.items as readonly ParsedNode[]).map((item, index) =>
        convert(item, { place: placeOf(item.range[0]), key: `${origin.key}[${index}]` }, depth + 1),
      )
      return { kind: 'list', items, origin }
    }
    const value: unknown = isScalar(node) ? node.value : null
    const isPlain = value === null || ['string', 'number', 'boolean'].includes(typeof value)
    if (!isPlain) problems.add(origin, 'give a text, a number, true or false')
    return {
      kind: 'scalar',
      value: isPlain ? (value as string | number | boolean | null) : null,
      origin,
      ...(isScalar(node) && node.type === 'PLAIN' && node.source !== undefined && { plain: node.source }),
    }
  }

  function convertMap(pairs: readonly Pair[], origin: Origin, depth: number): MapNode {
    const map = emptyMap(origin)
    for (const pair of pairs.filter(isMerge)) merge(map, convert(pair.value, origin, depth + 1))
    for (const { key, value } of pairs.filter((pair) => !isMerge(pair))) {
      const place = placeOf(key?.range[0] ?? 0)
      const name = isScalar(key) && key.value !== null ? String(key.value) : undefined
      if (name === undefined || name === '__proto__') {
        problems.add({ place, key: origin.key }, 'give keys that are words')
        continue
      }
      const member = { place, key: origin.key ? `${origin.key}.${name}` : name }
      map.members.set(name, convert(value, member, depth + 1))
    }
    return map
  }

  /** If several mappings have a key, the first one gives the value. The mapping's own keys take precedence. */
  function merge(map: MapNode, merged: ConfigNode): void {
    const sources = merged.kind === 'list' ? merged.items : [merged]
    for (const source of sources) {
      if (source.kind !== 'map') problems.add(map.origin, "give '<<' a mapping, or a list of mappings")
      else for (const [name, member] of source.members) if (!map.members.has(name)) map.members.set(name, member)
    }
  }

  const converted = convert(document.contents, root.origin, 0)
  if (converted.kind === 'map') return converted
  problems.add(root.origin, 'give a mapping, such as sinks: { file: { path: audit.log } }')
  return root
}

interface Pair {
  readonly key: ParsedNode | null
  readonly value: ParsedNode | null
}

/** Merge keys are from YAML 1.1; most parsers of 1.2 read them too. In quotes it is an ordinary key. */
function isMerge({ key }: Pair): boolean {
  return isScalar(key) && key.value === '<<' && key.type === 'PLAIN'
}
