import { AuditError, type AuditEvent, type Sink, type SinkEntry } from '@audit/core'
import { isMap, originAt, type MapNode } from '../document/config-node.ts'
import type { Problems } from '../problems.ts'
import { isSinkType, type ConfigFile, type SinkConfig, type SinkType } from '../schema/config-schema.ts'
import { defined } from './defined.ts'
import { sinkFactories } from './sink-factories.ts'

const MAX_NAME_LENGTH = 256

export interface BuildContext {
  readonly root: MapNode
  readonly directory: string
  readonly problems: Problems
  /** Bodies of messages that a configuration file cannot express, by the name of the sink. */
  readonly bodies?: ReadonlyMap<string, (event: AuditEvent) => unknown> | undefined
}

/** Builds every enabled sink. Adds a problem for each that cannot be built. */
export async function buildSinks(config: ConfigFile, context: BuildContext): Promise<readonly SinkEntry[]> {
  const entries: SinkEntry[] = []
  // In the order of the file, which a schema does not keep.
  const sinks = context.root.members.get('sinks')
  for (const name of isMap(sinks) ? sinks.members.keys() : []) {
    const settings = config.sinks?.[name]
    if (settings === undefined || settings.enabled === false) continue
    const type = settings.type ?? name
    if (!isSinkType(type)) continue
    const sink = await buildSink(name, type, settings, context)
    if (sink) entries.push({ ...entryOf(settings, config.events), sink, name })
  }
  return entries
}

async function buildSink(name: string, type: SinkType, settings: SinkConfig, context: BuildContext): Promise<Sink | undefined> {
  const { root, directory, problems, bodies } = context
  const origin = originAt(root, ['sinks', name])
  if (name.trim() === '' || name.length > MAX_NAME_LENGTH) {
    problems.add(origin, `give the sink a name of 1 to ${MAX_NAME_LENGTH} characters`)
    return undefined
  }
  try {
    return await sinkFactories[type](settings as never, { directory, body: bodies?.get(name) })
  } catch (error) {
    if (!AuditError.isInstance(error)) throw error
    for (const { key, what } of problemsOf(error)) {
      const at = originAt(root, ['sinks', name, ...key])
      problems.add(at, key[0] === 'accepts' ? `${what}. A file cannot have a function, so make this sink in code` : what)
    }
    return undefined
  }
}

/** Lists the problems that a sink reports about its options, each with the key in the configuration. */
function problemsOf({ problems, message }: AuditError): readonly { readonly key: readonly string[]; readonly what: string }[] {
  return (problems ?? [message]).map((problem) => {
    const [, key, what] = /^([a-z]\w*(?:\.\w+)*): (.*)$/s.exec(problem) ?? []
    return key === undefined
      ? { key: [], what: problem }
      : { key: key.split('.').map((part) => part.replace(/Ms$/, '')), what: what! }
  })
}

function entryOf(
  { events, statuses, tenants, batch, retry, from, maxLagBytes, onLag }: SinkConfig,
  eventsOfAll?: readonly string[],
) {
  return defined({
    events: events ?? eventsOfAll,
    statuses,
    tenants,
    from,
    maxLagBytes,
    onLag,
    batch: batch && defined({ maxEvents: batch.maxEvents, maxBytes: batch.maxBytes, maxAgeMs: batch.maxAge }),
    retry: retry && defined({ minDelayMs: retry.minDelay, maxDelayMs: retry.maxDelay, deadlineMs: retry.deadline }),
  })
}
