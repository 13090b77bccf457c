import type { Audit } from '@audit/core'
import type { AdapterContext, HttpContext } from '@audit/core/adapter'
import type { Context } from 'koa'

/** The state that the audited routes of one request share. */
export interface SharedRequest {
  readonly audit: Audit
  readonly ctx: Context
  readonly context: HttpContext<Context>
  /** The audit's context of the innermost running route, with its event. A queue in the application may lose it. */
  surroundings: AdapterContext | undefined
  /** The status that Koa will send. Set when everything inside the outermost middleware has returned. */
  endStatus: number | undefined
  /** True if the application has sent the response by then, through Node's response instead of Koa's. */
  isSent: boolean
  /** Runs a callback in these surroundings, from any context. */
  readonly within: <T>(callback: () => T) => T
}
