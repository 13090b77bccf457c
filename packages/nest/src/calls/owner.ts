import type { Actor, Audit } from '@audit/core'
import type { CallSource } from './call-source.ts'
import type { HttpRequest } from './http-request.ts'

/** The application that calls belong to, as far as auditing them goes. */
export interface Owner {
  readonly audit: Audit
  readonly actor: (source: CallSource) => unknown
  readonly tenant?: ((source: CallSource) => string | undefined) | undefined
  readonly requestId?: ((request: HttpRequest) => string | undefined) | undefined
  /** Who acts where nobody asked for it: a schedule, a queue. */
  readonly system: Actor
  /** A provider of the application. */
  readonly get: (token: any) => any
}

// By class and not by instance: guards and interceptors are shown the class, and request-scoped instances come and go.
const owners = new WeakMap<object, Owner>()

/** The application that holds this class. Of several in one process, as in tests, the one that was made last. */
export function ownerOf(classRef: object): Owner | undefined {
  return owners.get(classRef)
}

export function setOwner(classRef: object, owner: Owner): void {
  owners.set(classRef, owner)
}
