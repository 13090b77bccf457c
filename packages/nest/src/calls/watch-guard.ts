import type { CanActivate, ExecutionContext } from '@nestjs/common'
import { isObservable, lastValueFrom } from 'rxjs'

/** Told once a call that a guard refused, before Nest answers. `error` is what the guard threw; it has none if it said no. */
export type OnRefused = (context: ExecutionContext, guard: string, error?: unknown) => void

type Watched = CanActivate['canActivate'] & { [WATCHED]?: true }

const WATCHED: unique symbol = Symbol.for('@audit/nest.watched')
/** Calls that a guard is being asked about: a guard that asks others may be refused by one and still say yes. */
const asking = new WeakSet<object>()

/**
 * Watches what the guard answers, without changing it. `holder` is the guard, or the prototype of a class of guards; watched twice
 * it is told once.
 */
export function watchGuard(holder: { canActivate?: Watched }, onRefused: OnRefused): void {
  const original = holder.canActivate
  if (typeof original !== 'function' || original[WATCHED]) return

  function canActivate(this: CanActivate, context: ExecutionContext): ReturnType<CanActivate['canActivate']> {
    const call = context.getArgs()
    if (asking.has(call)) return original!.call(this, context)
    const said = (answer: boolean) => {
      asking.delete(call)
      if (!answer) onRefused(context, nameOf(this))
      return answer
    }
    const threw = (error: unknown) => {
      asking.delete(call)
      onRefused(context, nameOf(this), error)
      throw error
    }
    asking.add(call)
    let answer: ReturnType<CanActivate['canActivate']>
    try {
      answer = original!.call(this, context)
    } catch (error) {
      return threw(error)
    }
    // As Nest takes it: the last value of an Observable, which it fails for if there is none.
    if (isObservable(answer)) return lastValueFrom(answer).then(said, threw)
    return typeof answer === 'boolean' ? said(answer) : Promise.resolve(answer).then(said, threw)
  }
  Object.defineProperty(holder, 'canActivate', { value: canActivate, configurable: true, writable: true })
  canActivate[WATCHED] = true
}

/** A guard written as a plain object has no name to give. */
function nameOf(guard: object): string {
  const name = guard.constructor?.name
  return name && name !== 'Object' ? name : 'forbidden'
}
