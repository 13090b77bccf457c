import { AuditError, createAudit, type Actor, type Audit, type AuditOptions } from '@audit/core'
import type { RouteTableOptions } from '@audit/core/adapter'
import type { CallSource } from './calls/call-source.ts'
import type { MarkOptions } from './decorators/mark.ts'
import { nestLogger } from './nest-logger.ts'
import { ownAudit } from './shutdown.ts'

/** How calls of a Nest application are recorded. */
export interface AuditCallOptions {
  /**
   * Who acts; asked when an event is recorded, so guards and strategies may set it. Nobody: `undefined`. Default: id, name and email
   * of `request.user` (Passport's, and most guards'), or of a socket's `data.user`.
   */
  readonly actor?: (source: CallSource) => Actor | undefined
  /** Asked when an event is recorded, like the actor. */
  readonly tenant?: (source: CallSource) => string | undefined
  /** Default: the `x-request-id` header. What is not printable, or longer than 128 characters, gives way to a random UUID. */
  readonly requestId?: (request: any) => string
  /** For controllers one may not edit: `{ 'DELETE /api/flags/:key': 'flag:deleted', '* /login': { exempt: 'why' } }`. */
  readonly routes?: RouteTableOptions<MarkOptions>
  /** Who acts where nobody asked for it: a schedule, a queue. Default `{ authentication: 'none', type: 'system', id: <service> }`. */
  readonly system?: Actor
}

/** The audit of any catalog: requests name their events at run time. */
export type AnyAudit = Pick<Audit<any>, 'run' | 'annotate' | 'flush' | 'close' | 'health' | 'stats'>

/** An audit made elsewhere, or the options of one that belongs to the module; and how calls are recorded. */
export type AuditModuleOptions = AuditCallOptions &
  ({ readonly audit: AnyAudit } | (AuditOptions<any> & { readonly audit?: never }))

/** For `forRootAsync({ useClass })` and `useExisting`. */
export interface AuditOptionsFactory {
  createAuditOptions(): AuditModuleOptions | Promise<AuditModuleOptions>
}

/** The audit that the options give, or a new one, which speaks through Nest's logger. */
export function auditOf(options: AuditModuleOptions | undefined): Audit {
  if (typeof options !== 'object') throw new AuditError('AUDIT_INVALID_OPTIONS', 'AuditModule: its factory returned no options.')
  const { actor: _, tenant: __, requestId: ___, routes: ____, system: _____, audit, ...own } = options
  if (!audit) return ownAudit(createAudit({ logger: nestLogger(), ...(own as AuditOptions) }) as unknown as Audit)
  const extra = Object.keys(own)
  if (extra.length === 0) return audit as Audit
  throw new AuditError(
    'AUDIT_INVALID_OPTIONS',
    `AuditModule: the audit was made elsewhere; give its options there: ${extra.join(', ')}.`,
  )
}
