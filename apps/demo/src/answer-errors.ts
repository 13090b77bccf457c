import type { Context, Next } from 'koa'
import { ServiceError } from './service-error.ts'

/** Answers every error as JSON, with its text only if it is meant for the caller. */
export async function answerErrors(ctx: Context, next: Next): Promise<void> {
  try {
    await next()
    if (ctx.status === 404 && ctx.body === undefined) throw new ServiceError(404, 'no-such-route', `There is no ${ctx.path}.`)
  } catch (error) {
    const { status = 500, code, expose, message, issues } = error as Partial<ServiceError>
    ctx.status = status
    ctx.body = {
      error: { code: code ?? `status-${status}`, message: expose ? message : 'Something went wrong here.', ...(issues && { issues }) },
    }
    if (!expose) ctx.app.emit('error', error, ctx)
  }
}
