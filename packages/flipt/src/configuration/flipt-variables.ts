import { advice } from '@audit/core/internal'
import type { FliptSource, MapNode } from './config-tree.ts'

const paths = [
  'log.encoding',
  'audit.sinks.log.enabled',
  'audit.sinks.log.file',
  'audit.sinks.log.encoding',
  'audit.sinks.webhook.enabled',
  'audit.sinks.webhook.url',
  'audit.sinks.webhook.max_backoff_duration',
  'audit.sinks.webhook.signing_secret',
  'audit.sinks.kafka.enabled',
  'audit.sinks.kafka.topic',
  'audit.sinks.kafka.bootstrap_servers',
  'audit.sinks.kafka.encoding',
  'audit.sinks.kafka.schema_registry.url',
  'audit.sinks.kafka.require_tls',
  'audit.sinks.kafka.insecure_skip_tls',
  'audit.sinks.kafka.authentication.username',
  'audit.sinks.kafka.authentication.password',
  'audit.sinks.cloud.enabled',
  'audit.buffer.capacity',
  'audit.buffer.flush_period',
  'audit.events',
]
const pathOf = new Map(paths.map((path) => [`FLIPT_${path.toUpperCase().replaceAll('.', '_')}`, path.split('.')]))

const PREFIX = 'FLIPT_AUDIT_'

/** Puts Flipt's own variables over its file. An unknown one of auditing is a problem: it would silently have no effect. */
export function overlayFliptVariables(root: MapNode, { environment, problems, putAt }: FliptSource): void {
  for (const name of Object.keys(environment).toSorted()) {
    const value = environment[name]
    const path = pathOf.get(name)
    const origin = { place: name, key: path?.join('.') ?? '' }
    if (!value) continue
    if (path) putAt(root, path, { kind: 'scalar', value, origin, isText: true })
    else if (name.startsWith(PREFIX)) problems.add(origin, `Flipt has no such variable${advice(name, pathOf.keys())}`)
  }
}
