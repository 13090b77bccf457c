import { createAuthentication, type Authentication } from './authentication.ts'
import { resourceKinds } from './resources.ts'
import { createStore, type Store } from './store.ts'

/** The state of the service, independent of the web framework. */
export interface Domain {
  readonly store: Store
  readonly authentication: Authentication
  /** The secret of the first token, an admin's. */
  readonly adminToken: string
}

/** Creates a domain with one namespace and one token. */
export function createDomain(): Domain {
  const store = createStore()
  const authentication = createAuthentication(store)
  const { namespace, token } = resourceKinds
  const description = 'Made at the start'
  store.create(namespace, '/namespaces/default', { key: 'default', name: 'Default', description, protected: true })
  store.create(token, '/tokens/bootstrap', { id: 'bootstrap', name: 'bootstrap', description, role: 'admin' })
  return { store, authentication, adminToken: authentication.issue('/tokens/bootstrap') }
}
