import { systemClock, type Clock } from '../clock.ts'
import { stderrLogger, type Logger } from '../logger.ts'
import { isCatalog, type AnyCatalog } from '../event/catalog.ts'
import type { FailMode } from '../event/event.ts'
import type { Conversion, CopyLimits } from '../copy/plain-copy.ts'
import type { Enricher } from '../enrich/enrichment.ts'
import type { RedactionOptions } from '../enrich/redact.ts'
import type { QueueLimits } from '../intake/queue.ts'
import { capabilitiesOf, type JournalCapabilities } from '../journal/capabilities.ts'
import type { Journal } from '../journal/journal.ts'
import type { DeliveryTarget } from '../deliver/delivery-target.ts'
import type { DeadLetterStore } from '../journal/dead-letter-store.ts'
import { fileJournal } from '../file-journal/on-disk.ts'
import { memoryDeadLetters } from '../journal/memory-dead-letters.ts'
import type { Anchor } from '../seal/anchor.ts'
import { resolveSeal, type ResolvedSeal, type SealOptions } from '../seal/seal-options.ts'
import type { Sink } from '../sink/sink.ts'
import type { SinkEntry } from './sink-entry.ts'
import { AuditError } from '../errors.ts'
import { checkRedaction } from './check-redaction.ts'
import { OptionChecks } from '../option-checks.ts'
import { resolveSink } from './resolve-sink.ts'
import { nodeProblem } from '../supported-node.ts'

export interface EventLimits {
  /**
   * Limit of the JSON text of one event. Default 65,536; larger events are cut and marked. A larger limit fits fewer events into
   * the queue.
   */
  readonly maxBytes?: number
  /** Default 8,192: longer text is a document. */
  readonly maxStringBytes?: number
  /** Default 16. Deeper values become `[Too deep]`. */
  readonly maxDepth?: number
  /** Keys of an object and items of a list. Default 1,000 each; the others are left out and marked. */
  readonly maxMembers?: number
}

/** Input of `createAudit`. */
export interface AuditOptions<C extends AnyCatalog = AnyCatalog> {
  /** Names this service in every log it writes: lower-case letters, digits, `.`, `_` and `-`. */
  readonly service: string
  readonly events: C
  readonly sinks?: readonly (Sink | SinkEntry)[]
  /** Default `fileJournal()`: in `.audit`, or the directory in AUDIT_DIRECTORY. */
  readonly journal?: Journal
  /**
   * The key that signs the journal. `unsigned`, the default: it is sealed, but anyone who can write its files could forge a seal.
   * `false`: it is not sealed, for tests and benchmarks. A key that is undefined or empty is an error.
   */
  readonly seal?: SealOptions | 'unsigned' | false
  /** Places outside the journal that get every checkpoint. Without one, an older copy of the whole trail cannot be noticed. */
  readonly anchors?: readonly Anchor[]
  /**
   * For events that do not set their own. Default `open`: the application continues, and an event may be lost and counted.
   * `closed`: no event is lost, but a full disk stops the application's operations.
   */
  readonly failMode?: FailMode
  /**
   * Longest time that a caller waits for the journal. Default 2,000: people notice longer waits. A shorter time
   * rejects more fail-closed events if the disk is slow.
   */
  readonly maxWaitMs?: number
  /**
   * Longest time that the events of adapters, and of calls with `linger: true`, wait for others, so that they share one write and one
   * sync. Default 10. More saves processor time; a crash loses the events that wait. 0: none waits. Fail-closed events never do.
   */
  readonly lingerMs?: number
  /**
   * Limits of the events that wait for the journal. Default 10,000 events or 16 MiB. A larger queue survives a longer pause of
   * the disk, and takes more memory.
   */
  readonly queue?: Partial<QueueLimits>
  readonly limits?: EventLimits
  /**
   * Rejects payloads that do not fit their schema, instead of recording them as invalid. Default false, because a rejected event
   * is missing in the trail.
   */
  readonly strict?: boolean
  readonly enrich?: readonly Enricher[]
  readonly redaction?: RedactionOptions
  /**
   * Members of an actor that are stored in addition to the standard ones: `['role']`. Others are left out, because an application
   * may return its whole user.
   */
  readonly actorMembers?: readonly string[]
  /** Conversions for instances of the application's classes: `[[Decimal, String]]`. */
  readonly convert?: readonly Conversion[]
  /** Default: the journal's own, else `memoryDeadLetters()`. */
  readonly deadLetters?: DeadLetterStore
  /**
   * Anonymous denials recorded per minute, event and route, from adapters. Default 20, so that a scanner cannot fill the trail;
   * `audit:suppressed` counts the rest.
   */
  readonly denials?: { readonly anonymousPerMinute?: number }
  /** Receives warnings and errors, at most one per cause and minute. Default: stderr. */
  readonly logger?: Logger
  /** For tests. */
  readonly clock?: Clock
}

/** The options with every default filled in. */
export interface ResolvedOptions {
  readonly service: string
  readonly catalog: AnyCatalog
  readonly sinks: readonly DeliveryTarget[]
  readonly journal: Journal
  readonly capabilities: JournalCapabilities
  /** Left out: it is not sealed. */
  readonly seal: ResolvedSeal | undefined
  readonly failMode: FailMode
  readonly maxWaitMs: number
  readonly lingerMs: number
  readonly queue: QueueLimits
  readonly maxEventBytes: number
  readonly payload: CopyLimits
  readonly strict: boolean
  readonly enrichers: readonly Enricher[]
  readonly redaction: RedactionOptions
  readonly actorMembers: readonly string[]
  readonly convert: readonly Conversion[]
  readonly deadLetters: DeadLetterStore
  readonly anonymousDenialsPerMinute: number
  readonly logger: Logger
  readonly clock: Clock
}

const KNOWN = [
  'service',
  'events',
  'sinks',
  'journal',
  'seal',
  'anchors',
  'failMode',
  'maxWaitMs',
  'lingerMs',
  'queue',
  'limits',
  'strict',
  'enrich',
  'redaction',
  'actorMembers',
  'convert',
  'deadLetters',
  'denials',
  'logger',
  'clock',
]
const SERVICE = /^[a-z0-9][a-z0-9._-]{0,63}$/

/** Checks all options, then throws one `AUDIT_INVALID_OPTIONS` that lists every problem. */
export function resolveOptions(given: AuditOptions): ResolvedOptions {
  const unsupported = nodeProblem(process.versions.node)
  if (unsupported) throw new AuditError('AUDIT_INVALID_OPTIONS', unsupported)
  const checks = new OptionChecks()
  const options = checks.members('options', given) as AuditOptions
  checks.knownKeys('', options, KNOWN)
  checks.that(
    typeof options.service === 'string' && SERVICE.test(options.service),
    "service: give the service a name of lower-case letters, digits, '.', '_' and '-'",
  )
  checks.that(isCatalog(options.events), 'events: give the catalog that defineEvents() returns')
  checks.oneOf('failMode', options.failMode, ['open', 'closed'])
  checks.that(
    options.journal === undefined || typeof options.journal?.append === 'function',
    'journal: give a journal: fileJournal(), or memoryJournal() for tests',
  )
  checks.knownKeys('denials', options.denials, ['anonymousPerMinute'])
  checks.knownKeys('queue', options.queue, ['maxEvents', 'maxBytes'])
  checks.knownKeys('limits', options.limits, ['maxBytes', 'maxStringBytes', 'maxDepth', 'maxMembers'])
  checks.that(
    options.actorMembers === undefined || isNames(options.actorMembers),
    "actorMembers: give a list of names, such as ['role']",
  )
  checkRedaction(options.redaction, checks)
  const enrichers = checks.list('enrich', options.enrich, isFunction, 'a list of functions of the event')
  const convert = checks.list('convert', options.convert, isConversion, 'a list of pairs of a class and a function')
  const names = isCatalog(options.events) ? [...options.events.definitions.keys()] : []
  const sinksGiven = checks.list('sinks', options.sinks, () => true, 'a list, such as [fileSink({ path })]')
  const sinks = sinksGiven.map((sink, index) => resolveSink(sink, `sinks[${index}]`, names, checks))
  const twice = sinks.find((sink, index) => sinks.findIndex((other) => other?.name === sink?.name) !== index)
  checks.that(!twice, `sinks: two are named '${String(twice?.name)}'; give one another name: { sink, name }`)

  const { logger = stderrLogger, clock = systemClock } = options
  checks.that(isFunction(logger?.warn) && isFunction(logger.error), 'logger: give an object with warn() and error()')
  checks.that(isFunction(clock?.now) && isFunction(clock.schedule), 'clock: give a clock: systemClock, or manualClock() in tests')
  const maxEventBytes = checks.number('limits.maxBytes', options.limits?.maxBytes, { fallback: 65_536, min: 1_024, max: 1 << 20 })
  const journal = options.journal ?? fileJournal()
  const capabilities = capabilitiesOf(journal)
  const seal = sealOf(options, capabilities, checks)
  const resolved = {
    service: options.service,
    catalog: options.events,
    sinks: sinks.filter((sink) => sink !== undefined),
    journal,
    capabilities,
    seal,
    failMode: options.failMode ?? 'open',
    maxWaitMs: checks.number('maxWaitMs', options.maxWaitMs, { fallback: 2_000, min: 1, max: 600_000 }),
    lingerMs: checks.number('lingerMs', options.lingerMs, { fallback: 10, min: 0, max: 1_000 }),
    queue: {
      maxEvents: checks.number('queue.maxEvents', options.queue?.maxEvents, { fallback: 10_000, min: 1, max: 10_000_000 }),
      maxBytes: checks.number('queue.maxBytes', options.queue?.maxBytes, { fallback: 16 << 20, min: 1_024, max: 2 ** 40 }),
    },
    maxEventBytes,
    payload: {
      // A quarter is for the rest of an event: metadata, changes and marks.
      maxBytes: Math.floor((maxEventBytes * 3) / 4),
      maxStringBytes: checks.number('limits.maxStringBytes', options.limits?.maxStringBytes, {
        fallback: 8_192,
        min: 256,
        max: 1 << 20,
      }),
      maxDepth: checks.number('limits.maxDepth', options.limits?.maxDepth, { fallback: 16, min: 1, max: 64 }),
      maxMembers: checks.number('limits.maxMembers', options.limits?.maxMembers, { fallback: 1_000, min: 1, max: 100_000 }),
    },
    strict: options.strict ?? false,
    enrichers,
    redaction: options.redaction ?? {},
    actorMembers: options.actorMembers ?? [],
    convert,
    deadLetters: options.deadLetters ?? journal.deadLetters ?? memoryDeadLetters(),
    anonymousDenialsPerMinute: checks.number('denials.anonymousPerMinute', options.denials?.anonymousPerMinute, {
      fallback: 20,
      min: 0,
      max: 1_000_000,
    }),
    logger,
    clock,
  } satisfies ResolvedOptions
  checks.throwIfAny('The options of createAudit are wrong')
  return resolved
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function'
}

function isConversion(pair: unknown): boolean {
  return Array.isArray(pair) && pair.length === 2 && pair.every(isFunction)
}

function isNames(list: unknown): boolean {
  return Array.isArray(list) && list.every((name) => typeof name === 'string' && name !== '')
}

/** A journal that cannot be sealed is left unsealed, unless the options ask for a seal. */
function sealOf(
  { seal, anchors = [] }: AuditOptions,
  { sealable }: JournalCapabilities,
  checks: OptionChecks,
): ResolvedSeal | undefined {
  checks.that(Array.isArray(anchors), 'anchors: give a list, such as [fileAnchor({ path })]')
  const isAsked = (typeof seal === 'object' && seal !== null) || anchors.length > 0
  checks.that(
    !isAsked || sealable !== undefined,
    'seal: this journal cannot be sealed; use fileJournal(), or leave seal and anchors out',
  )
  const resolved = resolveSeal(seal, Array.isArray(anchors) ? anchors : [], (systemEvent, problem) =>
    checks.that(systemEvent, problem),
  )
  const options = typeof seal === 'object' && seal !== null ? seal : undefined
  checks.knownKeys('seal', options, ['key', 'keyFile', 'everyMs'])
  const everyMs = checks.number('seal.everyMs', options?.everyMs, { fallback: 1_000, min: 10, max: 3_600_000 })
  return resolved && sealable ? { ...resolved, everyMs } : undefined
}
