import { nearest, pathProblem } from '@audit/core/internal'
import { nodeAt, putAt, type MapNode } from '../document/config-node.ts'
import type { Problems } from '../problems.ts'
import { sinkTypes } from '../schema/config-schema.ts'
import { generalKeys, sinkKeys, sinkTypeOf, type SchemaKey } from '../schema/schema-keys.ts'
import { namedVariables, type Environment } from './interpolate.ts'

const PREFIX = 'AUDIT_'
/** Read elsewhere: AUDIT_CONFIG by this package before all others, AUDIT_DIRECTORY by the file journal. */
const OTHERS = ['AUDIT_CONFIG', 'AUDIT_DIRECTORY']

/** The variable of a path: `AUDIT_SINKS_WEBHOOK_BATCH_MAX_EVENTS`. Other characters than letters and digits become `_`. */
export function variableName(path: readonly string[]): string {
  const words = path.map((part) => part.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').replaceAll(/[^A-Za-z0-9]/g, '_'))
  return PREFIX + words.join('_').toUpperCase()
}

/**
 * Puts the environment over the values of the file, and returns the number of variables used. A misspelt variable is a problem, since
 * it would silently have no effect. `warn` receives a sentence for each other variable in one of our sections. An empty variable
 * counts as not set.
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
      problems.add({ place: name, key: '' }, `it means both ${path.join('.')} and ${other.join('.')}; rename one of the sinks`)
    else {
      const origin = { place: name, key: path.join('.') }
      putAt(root, path, { kind: 'scalar', value: environment[name]!, origin, isText: true })
      taken++
    }
  }
  return taken
}

/** The journal itself reads AUDIT_DIRECTORY, so the other variable would have no effect. Reports that to the user. */
function checkDirectories(environment: Environment, problems: Problems): void {
  const [ours, journals] = [environment['AUDIT_JOURNAL_DIRECTORY']?.trim(), environment['AUDIT_DIRECTORY']?.trim()]
  const problem = journals && pathProblem(journals)
  if (problem) problems.add({ place: 'AUDIT_DIRECTORY', key: '' }, problem)
  if (!ours || !journals || ours === journals) return
  problems.add(
    { place: 'AUDIT_JOURNAL_DIRECTORY', key: 'journal.directory' },
    'AUDIT_DIRECTORY is set as well and takes precedence; set only one of them',
  )
}

interface KnownVariable extends SchemaKey {
  readonly name: string
}

/** Lists every possible variable for the current sinks. */
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

/** Variables alone can create a sink: `AUDIT_SINKS_SLACK_TYPE=webhook` creates one with the name `slack`. */
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

/** Returns the path of a variable. For a record, the rest of the name is the member, in the form of a header. */
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

/** A difference of up to two letters is a typing error, a larger one is another name. */
const MAX_SLIP = 2
/**
 * The names that Kubernetes gives to each pod for each Service of its namespace, like Docker's links: a Service called `audit-queue`
 * makes AUDIT_QUEUE_SERVICE_HOST, AUDIT_QUEUE_PORT and AUDIT_QUEUE_PORT_80_TCP_ADDR.
 */
const SERVICE_LINK = /_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)$/

/**
 * An application may have its own variables in our sections, such as AUDIT_QUEUE_URL. A name that looks misspelt is an error, and so
 * is every unknown one of a sink: without it events would not arrive.
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

/** Compares the part after the prefix: with the prefix, any two names would look alike. */
function nearestIn(prefix: string, name: string, known: readonly KnownVariable[]): string | undefined {
  const rests = known.filter((variable) => variable.name.startsWith(prefix)).map((variable) => variable.name.slice(prefix.length))
  const meant = nearest(name.slice(prefix.length), rests)
  return meant === undefined ? undefined : prefix + meant
}

function slipOf(name: string, known: readonly KnownVariable[]): string | undefined {
  const meant = nearestIn(PREFIX, name, known)
  return meant !== undefined && Math.abs(meant.length - name.length) <= MAX_SLIP ? meant : undefined
}
