import type { Context, Next } from 'koa'
import { ServiceError } from './service-error.ts'

/** Answers every error as JSON, with its text only if the caller can do something about it. */
export async function answerErrors(ctx: Context, next: Next): Promise<void> {
  try {
    await next()
    if (ctx.status >= 400 && ctx.body === undefined) {
      throw new ServiceError(ctx.status, 'no-such-route', `There is no ${ctx.method} ${ctx.path}.`)
    }
  } catch (error) {
    const { status = 500, code, message, issues } = error as Partial<ServiceError>
    const isOurs = status >= 500
    ctx.status = status
    const text = isOurs ? 'Something went wrong here.' : message
    ctx.body = { error: { code: code ?? `status-${status}`, message: text, ...(issues && { issues }) } }
    if (isOurs) ctx.app.emit('error', error, ctx)
  }
}
