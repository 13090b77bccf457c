import { isAbsolute } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ConfigNode, FliptSource, MapNode } from './config-tree.ts'
import { fliptEvents } from './flipt-events.ts'
import { translateTemplates, type FliptBodies } from './flipt-templates.ts'
import { FliptValues, mapOf } from './flipt-values.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
const ENCODINGS = ['json', 'console']

export interface FliptTranslation {
  /** The same configuration in our format, each value with its place in Flipt's file. */
  readonly root: MapNode
  /** The bodies of templates, by the name of their sink. */
  readonly bodies: FliptBodies
  /** The warning to log if it has no sink in the end. */
  readonly noSink: string
}

const NO_SINK =
  'The Flipt configuration enables no audit sink, so events go nowhere. Set audit.sinks.log.enabled or audit.sinks.webhook.enabled.'

/**
 * Translates a Flipt configuration to ours. Adds a problem for everything that cannot be translated. As in Flipt, `buffer` is always
 * checked, a disabled sink never, and `events` if any sink is enabled.
 */
export function translateFlipt(file: MapNode, source: FliptSource): FliptTranslation {
  const values = new FliptValues(file, source)
  const sinks = mapOf(values.origin('audit.sinks'), {})
  const bodies: FliptBodies = new Map()
  refuse(values, 'audit.sinks.kafka', 'there is no Kafka sink; write one, or keep Flipt for it and set enabled: false')
  refuse(values, 'audit.sinks.cloud', "Flipt's cloud no longer exists, so it has no sink; set enabled: false")
  const batch = batchOf(values)
  if (values.isOn('audit.sinks.log.enabled')) sinks.members.set('log', logSink(values))
  if (values.isOn('audit.sinks.webhook.enabled')) {
    for (const [name, sink] of webhookSinks(values, bodies)) sinks.members.set(name, sink)
  }
  const isAnyOn = sinks.members.size > 0
  for (const sink of sinks.members.values()) if (sink.kind === 'map' && batch) sink.members.set('batch', batch)
  const events = isAnyOn ? fliptEvents(values, source.problems) : undefined
  return { root: mapOf(file.origin, { sinks, events }), bodies, noSink: NO_SINK }
}

function refuse(values: FliptValues, sink: string, why: string): void {
  if (values.isOn(`${sink}.enabled`)) values.problem(`${sink}.enabled`, why)
}

/** Missing values get our defaults: Flipt's two minutes only passed on an idle server. */
function batchOf(values: FliptValues): MapNode | undefined {
  const maxEvents = values.whole('audit.buffer.capacity', { min: 2, max: 10 })
  const range = { min: 2 * MINUTE_MS, max: 5 * MINUTE_MS, said: 'from 2m to 5m' }
  const maxAge = values.duration('audit.buffer.flush_period', range)
  if (maxEvents === undefined && maxAge === undefined) return undefined
  return mapOf(values.origin('audit.buffer'), { maxEvents, maxAge: maxAge === undefined ? undefined : `${maxAge}ms` })
}

function logSink(values: FliptValues): MapNode {
  const encoding = values.oneOf('audit.sinks.log.encoding', ENCODINGS) ?? values.oneOf('log.encoding', ENCODINGS)
  const file = values.text('audit.sinks.log.file')
  const path = file ? pathOf(String(file.value), values) : 'stdout'
  if (path === 'stderr') values.problem('audit.sinks.log.file', 'the standard error is not supported; give a file, or stdout')
  const isStdout = path === 'stdout'
  return mapOf(values.origin('audit.sinks.log'), {
    type: 'file',
    ...(isStdout
      ? { stdout: { kind: 'scalar', value: true, origin: values.origin('audit.sinks.log.file') } }
      : { path: file && { ...file, value: path } }),
    format: encoding === 'json' ? 'flipt' : 'flipt-console',
  })
}

/** Flipt's logger also accepts a file URL, and reads a relative path as a URL. */
function pathOf(written: string, values: FliptValues): string {
  const problem = (what: string) => values.problem('audit.sinks.log.file', what)
  if (/^file:/i.test(written)) {
    const url = URL.parse(written)
    const isLocal = /^file:\/\/(localhost)?\//i.test(written) && url !== null && url.search === '' && url.hash === ''
    if (!isLocal) problem("give a path, or a URL such as 'file:///var/log/audit.log'")
    return isLocal ? fileURLToPath(`file://${url.pathname}`) : written
  }
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(written)) problem('Flipt only writes to files; give a path')
  else if (!isAbsolute(written) && /[%?#]/.test(written))
    problem("Flipt reads '%', '?' and '#' in a relative path as parts of a URL; give an absolute path")
  return written
}

function webhookSinks(values: FliptValues, bodies: FliptBodies): readonly (readonly [string, ConfigNode])[] {
  const path = 'audit.sinks.webhook'
  const url = values.text(`${path}.url`)
  const secret = values.text(`${path}.signing_secret`)
  const templates = values.list(`${path}.templates`)
  const hasTemplates = templates !== undefined && templates.items.length > 0
  const retry = retryOf(values)
  if (!url && isNothing(values.at(`${path}.templates`))) values.problem(path, "give either 'url' or 'templates'")
  if (url && hasTemplates) values.problem(`${path}.templates`, "give either 'url' or 'templates', not both")
  if (secret && hasTemplates) values.problem(`${path}.signing_secret`, 'templates are not signed, as in Flipt; leave it out')
  if (hasTemplates) return translateTemplates(values, templates, retry, bodies)
  const origin = values.origin(path)
  return [['webhook', mapOf(origin, { type: 'webhook', format: 'flipt', url, secret, retry })]]
}

/** Flipt waits a second, then twice as long each time, up to this. For zero or less it uses its default. */
function retryOf(values: FliptValues): MapNode {
  const path = 'audit.sinks.webhook.max_backoff_duration'
  const given = values.duration(path, { min: 0, max: DAY_MS, said: 'such as 15s, 24h at most' })
  const maxDelay = given || 15_000
  return mapOf(values.origin(path), { minDelay: `${Math.min(1_000, maxDelay)}ms`, maxDelay: `${maxDelay}ms` })
}

/** An empty list of templates counts as none. */
function isNothing(templates: ConfigNode | undefined): boolean {
  return templates === undefined || (templates.kind === 'list' && templates.items.length === 0)
}
