import { nearest, pathProblem } from '@audit/core/sink'
import { nodeAt, putAt, type MapNode } from '../document/config-node.ts'
import type { Problems } from '../problems.ts'
import { sinkTypes } from '../schema/config-schema.ts'
import { generalKeys, sinkKeys, sinkTypeOf, type SchemaKey } from '../schema/schema-keys.ts'
import { namedVariables, type Environment } from './interpolate.ts'

const PREFIX = 'AUDIT_'
/** Read elsewhere: the one by this package before all others, the other by the file journal. */
const OTHERS = ['AUDIT_CONFIG', 'AUDIT_DIRECTORY']

/** The variable of a path: `AUDIT_SINKS_WEBHOOK_BATCH_MAX_EVENTS`. What is no letter or digit in a sink's name becomes `_`. */
export function variableName(path: readonly string[]): string {
  const words = path.map((part) => part.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').replaceAll(/[^A-Za-z0-9]/g, '_'))
  return PREFIX + words.join('_').toUpperCase()
}

/**
 * Puts the environment over the values of the file; returns how many variables it took. A misspelt variable is a problem, since it
 * would silently do nothing. `warn` receives a sentence for each other variable in one of our sections. An empty one counts as not set.
 */
export function overlayVariables(
  root: MapNode,
  environment: Environment,
  problems: Problems,
  warn: (message: string) => void,
): number {
  const others = new Set([...OTHERS, ...namedVariables(root)])
  const given = Object.keys(environment).filter((name) => name.startsWith(PREFIX) && environment[name] && !others.has(name))
  checkDirectories(environment, problems)
  const declaring = declareSinks(root, given, environment)
  const known = knownVariables(root)
  let taken = declaring.length
  for (const name of given.filter((variable) => !declaring.includes(variable)).toSorted()) {
    const paths = known.filter((key) => matches(key, name)).map((key) => pathOf(key, name))
    const inFile = paths.filter((path) => path[0] === 'sinks' && nodeAt(root, path.slice(0, 2)))
    const [path, other] = inFile.length > 0 ? inFile : paths
    if (!path) reportUnknown(name, known, { problems, warn })
    else if (other)
      problems.add(
        { place: name, key: '' },
        `it may be ${path.join('.')} or ${other.join('.')}; give another name to one of the sinks`,
      )
    else {
      const origin = { place: name, key: path.join('.') }
      putAt(root, path, { kind: 'scalar', value: environment[name]!, origin, isText: true })
      taken++
    }
  }
  return taken
}

/** The journal reads AUDIT_DIRECTORY by itself. The user must learn that the other variable would have no effect. */
function checkDirectories(environment: Environment, problems: Problems): void {
  const [ours, journals] = [environment['AUDIT_JOURNAL_DIRECTORY']?.trim(), environment['AUDIT_DIRECTORY']?.trim()]
  const problem = journals && pathProblem(journals)
  if (problem) problems.add({ place: 'AUDIT_DIRECTORY', key: '' }, problem)
  if (!ours || !journals || ours === journals) return
  problems.add(
    { place: 'AUDIT_JOURNAL_DIRECTORY', key: 'journal.directory' },
    'AUDIT_DIRECTORY is set as well, and wins; give one',
  )
}

interface KnownVariable extends SchemaKey {
  readonly name: string
}

/** Every variable there may be, given the sinks there are. */
function knownVariables(root: MapNode): readonly KnownVariable[] {
  const sinks = nodeAt(root, ['sinks'])
  const names = new Set([...(sinks?.kind === 'map' ? sinks.members.keys() : []), ...sinkTypes])
  const ofSinks = [...names].flatMap((name) => {
    const type = sinkTypeOf(root, name)
    return type ? sinkKeys(type).map((key) => variableOf(key, ['sinks', name])) : []
  })
  return [...generalKeys.map((key) => variableOf(key)), ...ofSinks]
}

function variableOf({ path: below, kind }: SchemaKey, above: readonly string[] = []): KnownVariable {
  const path = [...above, ...below]
  return { name: variableName(path), path, kind }
}

/** A sink can be made of variables alone: `AUDIT_SINKS_SLACK_TYPE=webhook` says that there is one of the name `slack`. */
function declareSinks(root: MapNode, given: readonly string[], environment: Environment): readonly string[] {
  const sinks = nodeAt(root, ['sinks'])
  const names = [...(sinks?.kind === 'map' ? sinks.members.keys() : []), ...sinkTypes]
  return given.filter((variable) => {
    const [, written] = /^AUDIT_SINKS_([A-Z0-9][A-Z0-9_]*)_TYPE$/.exec(variable) ?? []
    if (!written || names.some((name) => variableName(['sinks', name, 'type']) === variable)) return false
    const path = ['sinks', written.toLowerCase().replaceAll('_', '-'), 'type']
    const origin = { place: variable, key: path.join('.') }
    putAt(root, path, { kind: 'scalar', value: environment[variable]!, origin, isText: true })
    return true
  })
}

function matches(known: KnownVariable, name: string): boolean {
  return known.kind === 'record' ? name.startsWith(`${known.name}_`) : name === known.name
}

/** The path a variable means; the rest of its name names the member of a record, as headers are written. */
function pathOf(known: KnownVariable, name: string): readonly string[] {
  if (known.kind !== 'record') return known.path
  return [
    ...known.path,
    name
      .slice(known.name.length + 1)
      .toLowerCase()
      .replaceAll('_', '-'),
  ]
}

/** Two letters more or less are a slip, more are another name. */
const MAX_SLIP = 2
/**
 * The names that Kubernetes gives to each pod for each Service of its namespace, as Docker's links did: a Service called
 * `audit-queue` makes AUDIT_QUEUE_SERVICE_HOST, AUDIT_QUEUE_PORT and AUDIT_QUEUE_PORT_80_TCP_ADDR.
 */
const SERVICE_LINK = /_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)$/

/**
 * An application has variables of its own, in our sections too, such as AUDIT_QUEUE_URL. Wrong is a name that looks misspelt, and
 * every unknown one of a sink: without it events would not arrive.
 */
function reportUnknown(
  name: string,
  known: readonly KnownVariable[],
  { problems, warn }: { readonly problems: Problems; readonly warn: (message: string) => void },
): void {
  if (SERVICE_LINK.test(name)) return
  const section = sectionOf(name, known)
  const meant = section === undefined ? slipOf(name, known) : nearestIn(section, name, known)
  if (meant !== undefined) problems.add({ place: name, key: '' }, `there is no such variable; did you mean '${meant}'?`)
  else if (section === SINKS) problems.add({ place: name, key: '' }, 'there is no such variable')
  else if (section !== undefined) warn(`${name} is not a variable of the audit configuration and has no effect on it.`)
}

const SINKS = variableName(['sinks', ''])

/** The prefix of the section whose name the variable begins with: `AUDIT_QUEUE_`. */
function sectionOf(name: string, known: readonly KnownVariable[]): string | undefined {
  const sections = new Set(known.filter(({ path }) => path.length > 1).map(({ path }) => variableName([path[0]!, ''])))
  return [...sections].find((section) => name.startsWith(section))
}

/** Compares the part behind the prefix: with the prefix, any two names would look alike. */
function nearestIn(prefix: string, name: string, known: readonly KnownVariable[]): string | undefined {
  const rests = known.filter((variable) => variable.name.startsWith(prefix)).map((variable) => variable.name.slice(prefix.length))
  const meant = nearest(name.slice(prefix.length), rests)
  return meant === undefined ? undefined : prefix + meant
}

function slipOf(name: string, known: readonly KnownVariable[]): string | undefined {
  const meant = nearestIn(PREFIX, name, known)
  return meant !== undefined && Math.abs(meant.length - name.length) <= MAX_SLIP ? meant : undefined
}
