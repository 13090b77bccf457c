import { guarded, type HttpExchange } from '@audit/core/adapter'
import type { ArgumentsHost, CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common'
import { Observable, tap } from 'rxjs'
import { recordRefused } from '../calls/refused-call.ts'
import { markOf } from '../decorators/mark.ts'
import type { AuditedRequest } from '../http/audited-request.ts'
import { AUDITED } from '../http/platform.ts'
import { callOf, runCall, type Call } from './call-context.ts'

/** Records that a guard refused or failed. An HTTP request is recorded with its response; any other call ends here. */
export function onGuardEnd(context: ExecutionContext, guard: string, thrown?: { readonly error: unknown }): void {
  const refusal = { by: 'guard', name: guard, thrown } as const
  if (context.getType() === 'http') {
    const request = context.getArgByIndex<{ readonly [AUDITED]?: AuditedRequest } | undefined>(0)
    return request?.[AUDITED]?.refuse(refusal)
  }
  const call = callOf(context)
  if (call) guarded(call.binding.audit, 'a refusal', () => endBeforeHandler(context, call, { refusal }))
}

/** Notes the error that a filter turns into a response. Only HTTP requests have a response that is recorded. */
export function onError(host: ArgumentsHost, error: unknown): void {
  if (host.getType() !== 'http') return
  host.getArgByIndex<{ readonly [AUDITED]?: AuditedRequest } | undefined>(0)?.[AUDITED]?.failAfterwards(error)
}

/** Records a call that ended before its handler ran. */
function endBeforeHandler(context: ExecutionContext, call: Call, end: Pick<HttpExchange, 'refusal' | 'thrown'>): void {
  if (call.phase !== 'waiting') return
  call.phase = 'refused'
  const mark = markOf(context.getClass().prototype, context.getHandler().name)
  if (!mark || 'exempt' in mark) return
  const { binding, source } = call
  // There is no response, and so no status.
  runCall(call, () => recordRefused({ binding, mark, args: [], source }, { status: 0, ...end }))
}

/**
 * Runs the handler in the context of the call. Records an audited call that failed before its handler ran: in a pipe, or in an
 * interceptor after this one.
 */
export const callInterceptor: NestInterceptor = {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const call = callOf(context)
    if (!call) return next.handle()
    const endedBy = (error: unknown) =>
      guarded(call.binding.audit, 'a failure', () => endBeforeHandler(context, call, { thrown: { error } }))
    const handled = new Observable((subscriber) => runCall(call, () => next.handle().subscribe(subscriber)))
    return handled.pipe(tap({ error: (error: unknown) => endedBy(error) }))
  },
}

/** Runs the handler in the context of the call again, because a lock or a queue may run it in the context of another call. */
export const handlerInterceptor: NestInterceptor = {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const call = callOf(context)
    return call ? new Observable((subscriber) => runCall(call, () => next.handle().subscribe(subscriber))) : next.handle()
  },
}
