import { createAudit, type Actor, type Audit, type AuditOptions } from '@audit/core'
import type { NamedActor, RouteTableOptions } from '@audit/core/adapter'
import type { CallSource } from './calls/call-source.ts'
import type { HttpRequest } from './calls/http-request.ts'
import type { MarkOptions } from './decorators/mark.ts'
import { misused } from './misused.ts'
import { nestLogger } from './nest-logger.ts'
import { ownAudit } from './shutdown.ts'

/** How calls of a Nest application are recorded. */
export interface AuditCallOptions {
  // Methods, so that a callback may name a narrower request.
  /**
   * Who acts; asked when an event is recorded, so guards and strategies may set it. Nobody: `undefined`. Default: id, name and email
   * of `request.user` (Passport's, and most guards'), or of a socket's `data.user`.
   */
  actor?(source: CallSource): NamedActor | null | undefined
  /** Asked when an event is recorded, like the actor. */
  tenant?(source: CallSource): string | undefined
  /** Default: the `x-request-id` header. What is not printable, or longer than 128 characters, gives way to a random UUID. */
  requestId?(request: HttpRequest): string | undefined
  /** For controllers one may not edit: `{ 'DELETE /api/flags/:key': 'flag:deleted', '* /login': { exempt: 'why' } }`. */
  readonly routes?: RouteTableOptions<MarkOptions>
  /** Who acts where nobody asked for it: a schedule, a queue. Default `{ authentication: 'none', type: 'system', id: <service> }`. */
  readonly system?: Actor
}

/** The audit of any catalog: requests name their events at run time. */
export type AnyAudit = Pick<Audit<any>, 'run' | 'annotate' | 'flush' | 'close' | 'health' | 'stats'>

/** Those of `createAudit()`. Sinks serve one audit, so where several applications come and go in a process, as in tests, give a function. */
export interface OwnAuditOptions extends Omit<AuditOptions<any>, 'sinks'> {
  readonly sinks?: AuditOptions['sinks'] | (() => AuditOptions['sinks'])
  readonly audit?: never
}

/** An audit made elsewhere, or the options of one that belongs to the module; and how calls are recorded. */
export type AuditModuleOptions = AuditCallOptions & ({ readonly audit: AnyAudit } | OwnAuditOptions)

/** For `forRootAsync({ useClass })` and `useExisting`. */
export interface AuditOptionsFactory {
  createAuditOptions(): AuditModuleOptions | Promise<AuditModuleOptions>
}

/** Sinks that have an audit already. */
const taken = new WeakSet<object>()

/** The audit that the options give, or a new one, which speaks through Nest's logger. */
export function auditOf(options: AuditModuleOptions | undefined): Audit {
  if (typeof options !== 'object') throw misused('AuditModule: forRoot() needs options, and a factory has to return some.')
  const { actor: _, tenant: __, requestId: ___, routes: ____, system: _____, audit, ...own } = options
  const extra = Object.keys(own)
  if (audit && extra.length > 0)
    throw misused(`AuditModule: the audit was made elsewhere; give its options there: ${extra.join(', ')}.`)
  return audit ? (audit as Audit) : ownAudit(createOwn(own as OwnAuditOptions))
}

function createOwn({ sinks: given, ...options }: OwnAuditOptions): Audit {
  const sinks = typeof given === 'function' ? given() : given
  for (const [index, entry] of (sinks ?? []).entries()) {
    const sink = 'sink' in entry ? entry.sink : entry
    if (taken.has(sink)) {
      throw misused(`AuditModule: sinks[${index}] served another application, and ended with it. Give a function: () => […].`)
    }
    taken.add(sink)
  }
  return createAudit({ logger: nestLogger(), ...options, ...(sinks && { sinks }) } as AuditOptions) as unknown as Audit
}
