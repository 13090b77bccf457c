import { createAudit, type Actor, type Audit, type AuditOptions } from '@audit/core'
import type { NamedActor, RouteTableOptions } from '@audit/core/adapter'
import type { CallSource } from './calls/call-source.ts'
import type { HttpRequest } from './calls/http-request.ts'
import type { MarkOptions } from './decorators/mark.ts'
import { misused } from './misused.ts'
import { nestLogger } from './nest-logger.ts'
import { ownAudit } from './shutdown.ts'
import { nestProblem } from './supported-nest.ts'

/** How calls of a Nest application are recorded. */
export interface AuditCallOptions {
  // Methods, so that a callback may name a narrower request.
  /**
   * Returns the actor, or `undefined` for an anonymous caller. Called when an event is recorded, so guards and strategies may set it
   * before. Default: id, name and email of `request.user` (set by Passport and most guards), or of a socket's `data.user`.
   */
  actor?(source: CallSource): NamedActor | null | undefined
  /** Called when an event is recorded, like `actor`. */
  tenant?(source: CallSource): string | undefined
  /** Default: the `x-request-id` header. An id that is not printable or longer than 128 characters is replaced by a random UUID. */
  requestId?(request: HttpRequest): string | undefined
  /** Records the `user-agent` header in `request`. Default false: it can help to identify a person, and the client chooses it. */
  readonly userAgent?: boolean
  /** Events of controllers that you cannot edit: `{ 'DELETE /api/flags/:key': 'flag:deleted', '* /login': { exempt: 'why' } }`. */
  readonly routes?: RouteTableOptions<MarkOptions>
  /** The actor of work that no user requested: a schedule, a queue. Default `{ authentication: 'none', type: 'system', id: <service> }`. */
  readonly system?: Actor
}

/** The audit of any catalog: requests name their events at run time. */
export type AnyAudit = Pick<Audit<any>, 'run' | 'annotate' | 'flush' | 'close' | 'health' | 'stats'>

/** The options of `createAudit()`. A sink serves one audit: if a process starts several applications, as tests do, give a function. */
export interface OwnAuditOptions extends Omit<AuditOptions<any>, 'sinks'> {
  readonly sinks?: AuditOptions['sinks'] | (() => AuditOptions['sinks'])
  readonly audit?: never
}

/** An audit that the application created, or the options of one that the module creates; and how calls are recorded. */
export type AuditModuleOptions = AuditCallOptions & ({ readonly audit: AnyAudit } | OwnAuditOptions)

/** For `forRootAsync({ useClass })` and `useExisting`. */
export interface AuditOptionsFactory {
  createAuditOptions(): AuditModuleOptions | Promise<AuditModuleOptions>
}

/** Sinks that already serve an audit. */
const taken = new WeakSet<object>()

/** Returns the audit of the options, or creates one that logs through Nest's logger. */
export function auditOf(options: AuditModuleOptions | undefined): Audit {
  const unsupported = nestProblem()
  if (unsupported) throw misused(unsupported)
  if (typeof options !== 'object') throw misused('AuditModule: give forRoot() options, or a factory that returns them.')
  const { actor: _, tenant: __, requestId: ___, userAgent: ____, routes: _____, system: ______, audit, ...own } = options
  const extra = Object.keys(own)
  if (audit && extra.length > 0)
    throw misused(
      `AuditModule: 'audit' is an existing audit, so these options have no effect. Give them to createAudit(): ${extra.join(', ')}.`,
    )
  return audit ? (audit as Audit) : ownAudit(createOwn(own as OwnAuditOptions))
}

function createOwn({ sinks: given, ...options }: OwnAuditOptions): Audit {
  const sinks = typeof given === 'function' ? given() : given
  // createAudit() reports anything else.
  const entries = Array.isArray(sinks) ? sinks.filter((entry) => typeof entry === 'object' && entry !== null) : []
  for (const [index, entry] of entries.entries()) {
    const sink = 'sink' in entry ? entry.sink : entry
    if (taken.has(sink)) {
      throw misused(
        `AuditModule: sinks[${index}] already served another application and was closed with it. Give a function: () => […].`,
      )
    }
    taken.add(sink)
  }
  return createAudit({ logger: nestLogger(), ...options, ...(sinks && { sinks }) } as AuditOptions) as unknown as Audit
}
