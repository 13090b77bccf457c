import type { CanActivate, ExecutionContext } from '@nestjs/common'
import { isObservable, lastValueFrom } from 'rxjs'
import { guardName } from './guard-name.ts'

/** Called once a call, before Nest answers. `thrown` is left out if the guard said no. Must not throw. */
export type OnGuardEnd = (context: ExecutionContext, guard: string, thrown?: { readonly error: unknown }) => void

type Watched = CanActivate['canActivate'] & { [WATCHED]?: true }

const WATCHED: unique symbol = Symbol.for('@audit/nest.watched')
/** Calls that a guard is being asked about: a guard that asks others may be refused by one and still say yes. */
const asking = new WeakSet<object>()

/**
 * Watches what the guard answers, without changing it. `holder` is the guard, or the prototype of a class of guards. Watching it
 * twice is watching it once.
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

/** Unit tests call guards with a part of a context. */
function argsOf(context: Partial<ExecutionContext> | undefined): object | undefined {
  return typeof context?.getArgs === 'function' ? context.getArgs() : undefined
}

/** As Nest takes it: of an Observable the last value. Rejects if there is none, as Nest does. */
async function picked(answer: unknown): Promise<boolean> {
  const value = await answer
  return (isObservable(value) ? await lastValueFrom(value) : value) as boolean
}
