import { advice, nearest } from '@audit/core/internal'
import type { z } from 'zod'
import { isMap, nodeAt, originAt, plainValue, type MapNode } from '../document/config-node.ts'
import type { Problems } from '../problems.ts'
import { configSchema, type ConfigFile } from './config-schema.ts'
import { namesAt } from './schema-keys.ts'
import { ONE_OR_SEVERAL } from './values.ts'

type Issue = z.core.$ZodIssue

/**
 * Checks a configuration against the schema, and adds every problem with its place. For disabled sinks it checks the keys, not the
 * values: a misspelt `enabled` must not disable a sink, and their variables need not be set.
 */
export function checkConfig(root: MapNode, problems: Problems): ConfigFile | undefined {
  const off = sinksSwitchedOff(root)
  const isOff = ({ code, path }: Issue) => path[0] === 'sinks' && off.includes(String(path[1])) && code !== 'unrecognized_keys'
  const issues = configSchema.safeParse(plainValue(root)).error?.issues ?? []
  // A missing key often exists in misspelt form.
  const misspelt = new Set(issues.filter(({ code }) => code === 'unrecognized_keys').map(({ path }) => keyOf(path)))
  const isConsequence = ({ code, path }: Issue) => code === 'custom' && misspelt.has(keyOf(path))
  for (const issue of issues) if (!isOff(issue) && !isConsequence(issue)) report(issue, root, problems)
  return configSchema.safeParse(plainValue(withoutSinks(root, off))).data
}

function sinksSwitchedOff(root: MapNode): readonly string[] {
  const sinks = nodeAt(root, ['sinks'])
  if (!isMap(sinks)) return []
  return [...sinks.members.keys()].filter((name) => {
    const enabled = nodeAt(sinks, [name, 'enabled'])
    return enabled?.kind === 'scalar' && enabled.value === false
  })
}

function withoutSinks(root: MapNode, names: readonly string[]): MapNode {
  const sinks = nodeAt(root, ['sinks'])
  if (!isMap(sinks) || names.length === 0) return root
  const kept = [...sinks.members].filter(([name]) => !names.includes(name))
  return { ...root, members: new Map(root.members).set('sinks', { ...sinks, members: new Map(kept) }) }
}

function report(issue: Issue, root: MapNode, problems: Problems): void {
  if (issue.code === 'invalid_union' && issue.message === ONE_OR_SEVERAL) {
    const isList = nodeAt(root, issue.path)?.kind === 'list'
    for (const inner of issue.errors.at(isList ? 1 : 0) ?? [])
      report({ ...inner, path: [...issue.path, ...inner.path] }, root, problems)
    return
  }
  if (issue.code === 'unrecognized_keys') {
    for (const key of issue.keys) {
      problems.add(originAt(root, [...issue.path, key]), `there is no such key${advice(key, namesAt(root, issue.path))}`)
    }
    return
  }
  const node = nodeAt(root, issue.path)
  const origin = originAt(root, issue.path)
  if (node === undefined) problems.add({ ...origin, key: keyOf(issue.path) }, `it is missing; ${expectation(issue)}`)
  else problems.add(origin, `${expectation(issue)}${nearWord(issue, plainValue(node))}`)
}

function expectation(issue: Issue): string {
  if (issue.code === 'invalid_type' && (issue.expected === 'object' || issue.expected === 'record'))
    return 'give a mapping of keys to values'
  return issue.message
}

/** Suggests one of the allowed words. Never shows the given value: it may be a secret. */
function nearWord(issue: Issue, given: unknown): string {
  if (typeof given !== 'string') return ''
  const meant = nearest(given, wordsOf(issue))
  return meant === undefined ? '' : `; did you mean '${meant}'?`
}

function wordsOf(issue: Issue): readonly string[] {
  const words: readonly unknown[] =
    issue.code === 'invalid_value'
      ? issue.values
      : issue.code === 'invalid_union' && 'options' in issue
        ? (issue.options ?? [])
        : []
  return words.filter((word) => typeof word === 'string')
}

function keyOf(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : index === 0 ? String(part) : `.${String(part)}`))
    .join('')
}
