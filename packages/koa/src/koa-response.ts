import { statusOfError } from '@audit/core/adapter'
import type { Context } from 'koa'

// Reads the state of Koa's response.

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

export function isRedirect(status: number): boolean {
  return REDIRECTS.has(status)
}

/** False while the response has Koa's default status, 404. A status may also be set on Node's response. */
export function hasChosenStatus({ response, res }: Context): boolean {
  return res.statusCode !== 404 || (response as unknown as { readonly [key: string]: unknown })['_explicitStatus'] === true
}

/** True if the status comes from the application: it chose one, or answers by itself. */
export function hasAnswered(ctx: Context): boolean {
  return hasChosenStatus(ctx) || ctx.respond === false
}

/** Detects an error page by Koa, for example for a body that cannot be serialized. An error after that changes no status. */
export function watchErrors(ctx: Context, onError: (error: unknown) => void): void {
  const { onerror } = ctx
  const seen = (error: Error) => {
    if (error !== null && error !== undefined && !ctx.headerSent && ctx.writable) onError(error)
    return onerror.call(ctx, error)
  }
  Object.assign(ctx, { onerror: seen })
}

/** The status with which Koa's error handler answers. */
export function statusOfKoa(error: unknown): number {
  return statusOfError(error) ?? 500
}
