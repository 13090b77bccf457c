import type { EventName, FailMode, PayloadInput, RegisteredCatalog } from '@audit/core'
import { checkOptions, markRules } from '@audit/core/adapter'
import type { Observable } from 'rxjs'
import type { CallSource } from '../calls/call-source.ts'
import type { HttpRequest } from '../calls/http-request.ts'
import { misused } from '../misused.ts'
import { setClassMark, setMark, type MarkOptions } from './mark.ts'

/** What the callbacks of a marked method are shown. */
export interface AuditedCall<A extends readonly any[] = any[], Q = HttpRequest> extends Omit<CallSource, 'request'> {
  /** The HTTP request; a GraphQL operation has the one it came with, and other messages have none. */
  readonly request: Q
  /** What the method was called with; nobody called it when a guard or a middleware refused. */
  readonly args: A | readonly []
  /** A provider of the application: `get(FlagService)`. */
  readonly get: <T>(token: abstract new (...args: any[]) => T) => T
}

/** An audited call that was done. */
export interface DoneCall<A extends readonly any[], R, Q = HttpRequest> extends AuditedCall<A, Q> {
  readonly args: A
  /** What the method returned, awaited; of a stream its last value. */
  readonly result: R
}

/** The options of a method whose own result is the payload. */
export interface ResultOptions<A extends readonly any[] = any[], Q = HttpRequest> {
  /**
   * The id of the thing acted upon, or `{ type, id, name }`. Ids are read as text. Also called for a refused request, so read the
   * request rather than `args`.
   */
  readonly target?: (call: AuditedCall<A, Q>) => unknown
  /** The state before the operation, for `changes`; asked before the method runs. */
  readonly before?: (call: DoneCall<A, undefined, Q>) => unknown
  /** Instead of the event's own. `closed`: the method runs only once the attempt is durable; otherwise 503. */
  readonly failMode?: FailMode
  readonly payload?: never
}

export interface AuditedOptions<P, A extends readonly any[] = any[], R = any, Q = HttpRequest> extends Omit<
  ResultOptions<A, Q>,
  'payload'
> {
  /**
   * Asked when the method has returned. `annotated`: the method gives it to `annotate()` or `record()`, and what it returns is not
   * taken. Left out: what was annotated, else what the method returned.
   */
  readonly payload: ((call: DoneCall<A, R, Q>) => P | Promise<P>) | 'annotated'
}

type Answer<R> = R | Observable<R> | Promise<R | Observable<R>>

/** A decorator for methods of these arguments that return `R`. */
export type MethodOf<A extends readonly any[], R> = <T extends (...args: A) => Answer<R>>(
  target: object,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<T>,
) => void

/** An event that says all by its name leaves the method free to return anything. */
type Fitting<P> = [P] extends [null | undefined] ? any : P

type Noun<C> = EventName<C> extends infer N ? (N extends `${infer Type}:${string}` ? Type : never) : never
type Verb<C> = EventName<C> extends infer N ? (N extends `${string}:${infer Action}` ? `:${Action}` : never) : never

/**
 * Records what the method does: success, failure, or that it was denied, even when it never ran. Without a `payload` the method's
 * own result must fit that of the event. A verb alone (`':created'`) is for generic classes; `@Audited('flag')` on a class gives
 * the noun.
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
  /** The written exemption of a method, or of a controller: says in the report of the coverage gate why nothing is recorded. */
  readonly NotAudited: (reason: string) => ClassDecorator & MethodDecorator
}

/** The decorators of one catalog: `const { Audited, NotAudited } = auditDecorators<typeof events>()`. */
export function auditDecorators<C>(): AuditDecorators<C> {
  return { Audited: mark as AuditedDecorator<C>, NotAudited: exempt }
}

/** Of the catalog that `Register` names. */
export const Audited: AuditDecorators<RegisteredCatalog>['Audited'] = mark as AuditedDecorator<RegisteredCatalog>
export const NotAudited: AuditDecorators<RegisteredCatalog>['NotAudited'] = exempt

function mark(name: string, options: MarkOptions = {}) {
  return (target: object, key?: string | symbol): void => {
    if (key !== undefined) setMark(target, key, { ...checked(name, options), name })
    else if (/^[a-z][a-z0-9-]*$/.test(name)) setClassMark(target, name)
    else throw misused(`@Audited('${name}') stands on a class. Give a class the noun alone, and the events to its methods.`)
  }
}

/** JavaScript has no compiler that finds a misspelt option. */
function checked(name: string, options: MarkOptions): MarkOptions {
  const { payload } = options
  checkOptions(`@Audited('${name}')`, options, payload === 'annotated' ? { ...markRules, payload: 'any' } : markRules)
  return options
}

function exempt(reason: string): ClassDecorator & MethodDecorator {
  if (typeof reason !== 'string' || reason.trim() === '') throw misused('@NotAudited() needs the reason in words.')
  return (target: object, key?: string | symbol) => {
    if (key === undefined) setClassMark(target, { exempt: reason })
    else setMark(target, key, { exempt: reason })
  }
}
