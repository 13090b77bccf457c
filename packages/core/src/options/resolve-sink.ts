import { defaultBatchLimits, type BatchLimits } from '../event/batch.ts'
import { defaultRetryPolicy, type RetryPolicy } from '../deliver/retry-policy.ts'
import type { DeliveryTarget } from '../deliver/delivery-target.ts'
import { compileEventPatterns } from '../event/event-pattern.ts'
import { statuses, type EventHeader } from '../event/event.ts'
import { OptionChecks } from '../option-checks.ts'
import type { SinkEntry } from './sink-entry.ts'
import type { Sink } from '../sink/sink.ts'

const KNOWN = ['sink', 'name', 'events', 'statuses', 'tenants', 'batch', 'retry', 'from', 'maxLagBytes', 'onLag']
/** An eighth of what the file journal holds: one sink that is away leaves room for the others. */
const MAX_LAG_BYTES = 2 ** 30
/** The cursor of a journal that seals it has this name. */
const SEAL_NAME = 'seal'
const MAX_TENANT_LENGTH = 256
const DAY_MS = 24 * 60 * 60 * 1_000

type Filter = DeliveryTarget['wants']

/** Returns a sink entry with every default, or undefined if it is not a sink. Adds mistakes to `checks`, with `path`. */
export function resolveSink(
  given: Sink | SinkEntry,
  path: string,
  names: readonly string[],
  checks: OptionChecks,
): DeliveryTarget | undefined {
  const entry = typeof given === 'object' && given !== null && 'sink' in given ? given : { sink: given }
  const { sink } = entry
  if (typeof sink?.write !== 'function' || typeof sink.name !== 'string' || sink.name === '') {
    checks.that(false, `${path}: give a sink, or { sink, events, … }; a sink has a name and write()`)
    return undefined
  }
  checks.knownKeys(path, entry, KNOWN)
  checks.that(
    (entry.name ?? sink.name) !== SEAL_NAME,
    `${path}.name: '${SEAL_NAME}' is reserved for the seal of the log; give the sink another name`,
  )
  const from = entry.from ?? sink.from
  checks.oneOf(`${path}.from`, from, ['now', 'oldest'])
  checks.knownKeys(`${path}.batch`, entry.batch, Object.keys(defaultBatchLimits))
  checks.knownKeys(`${path}.retry`, entry.retry, Object.keys(defaultRetryPolicy))
  return {
    name: entry.name ?? sink.name,
    sink,
    wants: filterOf(entry, path, names, checks),
    batch: batchOf(entry, path, checks),
    retry: retryOf(entry, path, checks),
    from: from ?? 'now',
    maxLagBytes: lagOf(entry, path, checks),
  }
}

/** Checks a single sink entry. Throws one `AUDIT_INVALID_OPTIONS` that lists every problem. */
export function resolveAddedSink(given: Sink | SinkEntry, names: readonly string[]): DeliveryTarget {
  const checks = new OptionChecks()
  const target = resolveSink(given, 'entry', names, checks)
  checks.throwIfAny('The sink cannot be added')
  return target!
}

/** Reads only the fields that the options need: a journal on disk has not parsed the rest of a line yet. */
function filterOf(entry: SinkEntry, path: string, names: readonly string[], checks: OptionChecks): Filter {
  const filters = [
    nameFilterOf(entry, path, names, checks),
    tenantFilterOf(entry, path, checks),
    statusFilterOf(entry, path, checks),
    entry.sink.systemEvents === false ? ({ type }: EventHeader) => type !== 'audit' : undefined,
  ].filter((filter) => filter !== undefined)
  const [first, second] = filters
  if (!first) return () => true
  if (!second) return first
  return (event) => filters.every((filter) => filter(event))
}

function nameFilterOf({ events }: SinkEntry, path: string, names: readonly string[], checks: OptionChecks): Filter | undefined {
  if (events === undefined) return undefined
  checks.that(Array.isArray(events), `${path}.events: give a list of patterns, such as ['flag:*']`)
  if (!Array.isArray(events)) return undefined
  try {
    return compileEventPatterns(events, names)
  } catch (error) {
    checks.that(false, `${path}.events: ${(error as Error).message}`)
    return undefined
  }
}

function tenantFilterOf({ tenants }: SinkEntry, path: string, checks: OptionChecks): Filter | undefined {
  if (tenants === undefined) return undefined
  // An event's tenant is never longer, so a longer one would never match.
  const isTenant = (tenant: unknown) => typeof tenant === 'string' && tenant !== '' && tenant.length <= MAX_TENANT_LENGTH
  const isList = Array.isArray(tenants) && tenants.every(isTenant)
  checks.that(
    isList,
    `${path}.tenants: give a list of tenants, such as ['acme'], of at most ${MAX_TENANT_LENGTH} characters each`,
  )
  if (!isList) return undefined
  checks.that(tenants.length > 0, `${path}.tenants: the list is empty; leave it out for every event, with or without a tenant`)
  const wanted = new Set(tenants)
  return ({ tenant }) => tenant !== undefined && wanted.has(tenant)
}

function statusFilterOf({ statuses: given, sink }: SinkEntry, path: string, checks: OptionChecks): Filter | undefined {
  const wanted = new Set(given ?? sink.statuses ?? statuses)
  for (const status of wanted) checks.oneOf(`${path}.statuses`, status, statuses)
  checks.that(wanted.size > 0, `${path}.statuses: the list is empty; leave it out for every status`)
  return statuses.every((status) => wanted.has(status)) ? undefined : ({ status }) => wanted.has(status)
}

function lagOf(entry: SinkEntry, path: string, checks: OptionChecks): number {
  // An entry with a limit wants events to be skipped beyond it, whatever the sink prefers.
  const onLag = entry.onLag ?? (entry.maxLagBytes === undefined ? entry.sink.onLag : 'skip')
  checks.oneOf(`${path}.onLag`, onLag, ['skip', 'hold'])
  const bytes = checks.number(`${path}.maxLagBytes`, entry.maxLagBytes, { fallback: MAX_LAG_BYTES, min: 1, max: 2 ** 40 })
  return onLag === 'hold' ? Infinity : bytes
}

function batchOf({ batch, sink }: SinkEntry, path: string, checks: OptionChecks): BatchLimits {
  const limit = (name: keyof BatchLimits, bounds: { readonly min: number; readonly max: number }) =>
    checks.number(`${path}.batch.${name}`, batch?.[name] ?? sink.batch?.[name], { fallback: defaultBatchLimits[name], ...bounds })
  return {
    maxEvents: limit('maxEvents', { min: 1, max: 10_000 }),
    maxBytes: limit('maxBytes', { min: 1, max: 64 << 20 }),
    maxAgeMs: limit('maxAgeMs', { min: 0, max: DAY_MS }),
  }
}

function retryOf({ retry }: SinkEntry, path: string, checks: OptionChecks): RetryPolicy {
  const duration = (name: keyof RetryPolicy) =>
    checks.number(`${path}.retry.${name}`, retry?.[name], { fallback: defaultRetryPolicy[name], min: 1, max: DAY_MS })
  const policy = { minDelayMs: duration('minDelayMs'), maxDelayMs: duration('maxDelayMs'), deadlineMs: duration('deadlineMs') }
  checks.that(policy.minDelayMs <= policy.maxDelayMs, `${path}.retry: minDelayMs is above maxDelayMs`)
  return policy
}
