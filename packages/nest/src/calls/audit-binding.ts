import type { Actor, Audit } from '@audit/core'
import type { CallSource } from './call-source.ts'
import type { HttpRequest } from './http-request.ts'

/** The parts of an application that are needed to audit its calls. */
export interface AuditBinding {
  readonly audit: Audit
  readonly actor: (source: CallSource) => unknown
  readonly tenant?: ((source: CallSource) => string | undefined) | undefined
  readonly requestId?: ((request: HttpRequest) => string | undefined) | undefined
  readonly userAgent: boolean
  /** The actor of work that no user requested: a schedule, a queue. */
  readonly system: Actor
  /** Returns a provider of the application. */
  readonly get: (token: any) => any
}

// By class and not by instance: guards and interceptors receive the class, and request-scoped instances are short-lived.
const bindings = new WeakMap<object, AuditBinding>()

/** Finds the application that holds this class. If several in one process do, as in tests, the newest one. */
export function bindingOf(classRef: object): AuditBinding | undefined {
  return bindings.get(classRef)
}

export function setBinding(classRef: object, binding: AuditBinding): void {
  bindings.set(classRef, binding)
}
