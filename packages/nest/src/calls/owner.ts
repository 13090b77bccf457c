import type { Actor, Audit } from '@audit/core'
import type { CallSource } from './call-source.ts'
import type { HttpRequest } from './http-request.ts'

/** The parts of an application that are needed to audit its calls. */
export interface Owner {
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
const owners = new WeakMap<object, Owner>()

/** Finds the application that holds this class. If several in one process do, as in tests, the newest one. */
export function ownerOf(classRef: object): Owner | undefined {
  return owners.get(classRef)
}

export function setOwner(classRef: object, owner: Owner): void {
  owners.set(classRef, owner)
}
