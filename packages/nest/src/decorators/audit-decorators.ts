import type { EventName, FailMode, PayloadInput, RegisteredCatalog } from '@audit/core'
import { checkOptions, markRules } from '@audit/core/adapter'
import type { Observable } from 'rxjs'
import type { HttpRequest } from '../calls/http-request.ts'
import { misused } from '../misused.ts'
import { setClassMark, setMark, type AuditedCall, type DoneCall, type MarkOptions } from './mark.ts'

/** The options of a method whose result is the payload. */
export interface ResultOptions<A extends readonly any[] = any[], Q = HttpRequest> {
  /**
   * Returns the id of the target, or `{ type, id, name }`. Ids are converted to strings. Also called for a refused request, so read
   * the request rather than `args`.
   */
  readonly target?: (call: AuditedCall<A, Q>) => unknown
  /** Returns the state before the operation, for `changes`. Called before the method runs. */
  readonly before?: (call: DoneCall<A, undefined, Q>) => unknown
  /** Overrides the fail mode of the event. `closed`: the method runs only once the attempt is durable; otherwise 503. */
  readonly failMode?: FailMode
  readonly payload?: never
}

export interface AuditedOptions<P, A extends readonly any[] = any[], R = any, Q = HttpRequest> extends Omit<
  ResultOptions<A, Q>,
  'payload'
> {
  /**
   * Called when the method has returned. `annotated`: the method passes the payload to `annotate()` or `record()`, and its result is
   * ignored. Default: the annotated payload, else the result of the method.
   */
  readonly payload: ((call: DoneCall<A, R, Q>) => P | Promise<P>) | 'annotated'
}

type Answer<R> = R | Observable<R> | Promise<R | Observable<R>>

/** A decorator for methods that take `A` and return `R`. */
export type MethodOf<A extends readonly any[], R> = <T extends (...args: A) => Answer<R>>(
  target: object,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<T>,
) => void

/** If the event has no payload, the method may return anything. */
type Fitting<P> = [P] extends [null | undefined] ? any : P

type Noun<C> = EventName<C> extends infer N ? (N extends `${infer Type}:${string}` ? Type : never) : never
type Verb<C> = EventName<C> extends infer N ? (N extends `${string}:${infer Action}` ? `:${Action}` : never) : never

/**
 * Records each call of the method as success, failure or denied, even if the method never ran. Without the option `payload`, the
 * result of the method must be a payload of the event. For generic classes, give only the verb (`':created'`), and the noun on each
 * class: `@Audited('flag')`.
 */
export interface AuditedDecorator<C> {
  <const N extends Noun<C>>(noun: N): ClassDecorator
  <const V extends Verb<C>, Q = HttpRequest>(
    verb: V,
    options?: ResultOptions<any[], Q> | AuditedOptions<any, any[], any, Q>,
  ): MethodOf<any[], any>
  <const N extends EventName<C>, A extends readonly any[] = any[], Q = HttpRequest>(
    name: N,
    options?: ResultOptions<A, Q>,
  ): MethodOf<A, Fitting<PayloadInput<C, N>>>
  <const N extends EventName<C>, A extends readonly any[] = any[], R = any, Q = HttpRequest>(
    name: N,
    options: AuditedOptions<PayloadInput<C, N>, A, R, Q>,
  ): MethodOf<A, R>
}

export interface AuditDecorators<C> {
  readonly Audited: AuditedDecorator<C>
  /** Exempts a method or a controller. The coverage report shows the reason. */
  readonly NotAudited: (reason: string) => ClassDecorator & MethodDecorator
}

/** Returns the decorators of one catalog: `const { Audited, NotAudited } = auditDecorators<typeof events>()`. */
export function auditDecorators<C>(): AuditDecorators<C> {
  return { Audited: mark as AuditedDecorator<C>, NotAudited: exempt }
}

/** The decorator for the catalog that `Register` names. */
export const Audited: AuditDecorators<RegisteredCatalog>['Audited'] = mark as AuditedDecorator<RegisteredCatalog>
export const NotAudited: AuditDecorators<RegisteredCatalog>['NotAudited'] = exempt

function mark(name: string, options: MarkOptions = {}) {
  return (target: object, key?: string | symbol): void => {
    if (key !== undefined) setMark(target, key, { ...checked(name, options), name })
    else if (/^[a-z][a-z0-9-]*$/.test(name)) setClassMark(target, name)
    else
      throw misused(
        `@Audited('${name}') is on a class, which takes a noun. Decorate the class with the noun, and its methods with events.`,
      )
  }
}

/** Finds misspelt options, which JavaScript does not. */
function checked(name: string, options: MarkOptions): MarkOptions {
  const { payload } = options
  checkOptions(`@Audited('${name}')`, options, payload === 'annotated' ? { ...markRules, payload: 'any' } : markRules)
  return options
}

function exempt(reason: string): ClassDecorator & MethodDecorator {
  if (typeof reason !== 'string' || reason.trim() === '') throw misused('@NotAudited() has no reason. Give the reason as text.')
  return (target: object, key?: string | symbol) => {
    if (key === undefined) setClassMark(target, { exempt: reason })
    else setMark(target, key, { exempt: reason })
  }
}
