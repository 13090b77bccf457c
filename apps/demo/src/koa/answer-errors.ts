import type { Context, Next } from 'koa'
import { answerOf, ServiceError } from '../service-error.ts'

/** Answers every error as JSON, with its text only if the caller can do something about it. */
export async function answerErrors(ctx: Context, next: Next): Promise<void> {
  try {
    await next()
    if (ctx.status >= 400 && ctx.body === undefined) {
      throw new ServiceError(ctx.status, 'no-such-route', `There is no ${ctx.method} ${ctx.path}.`)
    }
  } catch (error) {
    const { status, isOurs, body } = answerOf(error)
    ctx.status = status
    if (status === 401) ctx.set('www-authenticate', 'Bearer')
    ctx.body = body
    if (isOurs) ctx.app.emit('error', error, ctx)
  }
}
