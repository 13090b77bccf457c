import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common'
import { Observable, tap } from 'rxjs'
import { recordUnopened, type Unopened } from '../calls/unopened.ts'
import { markOf } from '../decorators/mark.ts'
import type { AuditedRequest } from '../http/audited-request.ts'
import { AUDITED } from '../http/platform.ts'
import { callOf, runCall, type Call } from './call-context.ts'

/** A guard said no. What the route of an HTTP request makes of it is recorded with its response; any other call ends here. */
export function onRefused(context: ExecutionContext, guard: string, error?: unknown): void {
  const refusal = { guard, ...(error !== undefined && { error }) }
  if (context.getType() === 'http') {
    const request = context.getArgByIndex<{ readonly [AUDITED]?: AuditedRequest } | undefined>(0)
    return request?.[AUDITED]?.refuse(refusal)
  }
  const call = callOf(context)
  if (call) endUnopened(context, call, { refusal })
}

/** The call ended before its handler ran. */
function endUnopened(context: ExecutionContext, call: Call, unopened: Unopened): void {
  if (call.phase !== 'waiting') return
  call.phase = 'refused'
  const mark = markOf(context.getClass().prototype, context.getHandler().name)
  if (!mark || 'exempt' in mark) return
  const { owner, source } = call
  runCall(call, () => recordUnopened({ owner, mark, args: [], source }, unopened))
}

/**
 * Puts the context of the call around its handler, and records an audited call that failed before its handler ran: in a pipe, or in
 * an interceptor after this one.
 */
export const callInterceptor: NestInterceptor = {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const call = callOf(context)
    if (!call) return next.handle()
    const handled = new Observable((subscriber) => runCall(call, () => next.handle().subscribe(subscriber)))
    return handled.pipe(tap({ error: (error) => endUnopened(context, call, { error }) }))
  },
}
