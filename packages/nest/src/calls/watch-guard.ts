import type { CanActivate, ExecutionContext } from '@nestjs/common'
import { isObservable, lastValueFrom } from 'rxjs'
import { guardName } from './guard-name.ts'

/** Called once per call, before Nest answers. `thrown` is omitted if the guard returned false. Must not throw. */
export type OnGuardEnd = (context: ExecutionContext, guard: string, thrown?: { readonly error: unknown }) => void

type Watched = CanActivate['canActivate'] & { [WATCHED]?: true }

const WATCHED: unique symbol = Symbol.for('@audit/nest.watched')
/** Calls that a guard is deciding. A guard that calls other guards may allow a call that one of them refused. */
const asking = new WeakSet<object>()

/**
 * Watches the decisions of a guard, unchanged. `holder` is the guard, or the prototype of its class. A second call for the same
 * holder does nothing.
 */
export function watchGuard(holder: { canActivate?: Watched }, onGuardEnd: OnGuardEnd): void {
  const original = holder.canActivate
  if (typeof original !== 'function' || original[WATCHED]) return

  function canActivate(this: CanActivate, context: ExecutionContext): ReturnType<CanActivate['canActivate']> {
    const call = argsOf(context)
    if (!call || asking.has(call)) return original!.call(this, context)
    const said = (answer: boolean) => {
      asking.delete(call)
      if (!answer) onGuardEnd(context, guardName(this))
      return answer
    }
    const threw = (error: unknown) => {
      asking.delete(call)
      onGuardEnd(context, guardName(this), { error })
      throw error
    }
    asking.add(call)
    let answer: ReturnType<CanActivate['canActivate']>
    try {
      answer = original!.call(this, context)
    } catch (error) {
      return threw(error)
    }
    return typeof answer === 'boolean' ? said(answer) : picked(answer).then(said, threw)
  }
  Object.defineProperty(holder, 'canActivate', { value: canActivate, configurable: true, writable: true })
  canActivate[WATCHED] = true
}

/** Undefined for an incomplete context, as unit tests pass it. */
function argsOf(context: Partial<ExecutionContext> | undefined): object | undefined {
  return typeof context?.getArgs === 'function' ? context.getArgs() : undefined
}

/** Reads the answer as Nest does: the last value of an Observable. Rejects if the Observable is empty. */
async function picked(answer: unknown): Promise<boolean> {
  const value = await answer
  return (isObservable(value) ? await lastValueFrom(value) : value) as boolean
}
