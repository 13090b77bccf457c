import { parentPath } from './resource-path.ts'
import type { Resource, ResourceKind } from './resources.ts'
import { ServiceError } from './service-error.ts'

/** The resources of the service, in memory, by path. A resource contains everything below its path. */
export interface Store {
  has(path: string): boolean
  /** Returns the resource with the collection it shows. Throws `not-found`. */
  read(path: string): Resource
  /** Throws `not-found` if the parent of the collection does not exist. */
  list(collection: string): readonly Resource[]
  /** Throws `already-exists`, `not-found` (its parent) or `unknown-reference`. */
  create(kind: ResourceKind, path: string, resource: Resource): Resource
  /** Replaces a resource. Throws like `create`. */
  update(kind: ResourceKind, path: string, resource: Resource): Resource
  /** Removes a resource with its contents, and returns it. Throws `not-found`, `protected`, `not-empty` or `in-use`. */
  remove(path: string, options?: { readonly force?: boolean }): Resource
}

interface Entry {
  readonly kind: ResourceKind
  readonly resource: Resource
}

export function createStore(): Store {
  const entries = new Map<string, Entry>()

  function find(path: string): Entry {
    const entry = entries.get(path)
    if (!entry) throw new ServiceError(404, 'not-found', `There is no ${path}.`)
    return entry
  }

  function under(path: string): string[] {
    return [...entries.keys()].filter((other) => other.startsWith(`${path}/`))
  }

  function collectionPaths(collection: string): string[] {
    return under(collection).filter((path) => !path.slice(collection.length + 1).includes('/'))
  }

  function read(path: string): Resource {
    const { kind, resource } = find(path)
    return kind.shows ? { ...resource, [kind.shows]: collectionPaths(`${path}/${kind.shows}`).map(read) } : resource
  }

  function put(kind: ResourceKind, path: string, resource: Resource): Resource {
    const missing = kind.references?.(resource).find((reference) => !entries.has(reference))
    if (missing) throw new ServiceError(400, 'unknown-reference', `There is no ${missing}.`)
    const { unique } = kind
    const siblings = collectionPaths(path.slice(0, path.lastIndexOf('/'))).filter((other) => other !== path)
    if (unique && siblings.some((other) => entries.get(other)!.resource[unique] === resource[unique])) {
      throw new ServiceError(409, 'already-exists', `Another ${kind.noun} here has this ${unique}.`)
    }
    entries.set(path, { kind, resource })
    return read(path)
  }

  return {
    has: (path) => entries.has(path),
    read,
    list(collection) {
      const holder = collection.slice(0, collection.lastIndexOf('/'))
      if (holder) find(holder)
      return collectionPaths(collection).map(read)
    },
    create(kind, path, resource) {
      const parent = parentPath(path)
      if (parent) find(parent)
      if (entries.has(path)) throw new ServiceError(409, 'already-exists', `There is a ${path} already.`)
      return put(kind, path, resource)
    },
    update(kind, path, resource) {
      find(path)
      return put(kind, path, resource)
    },
    remove(path, { force = false } = {}) {
      const { kind, resource } = find(path)
      if (resource['protected'] === true) throw new ServiceError(409, 'protected', `${path} is protected.`)
      const contents = under(path)
      if (kind.keepsContents && contents.length > 0 && !force) {
        throw new ServiceError(409, 'not-empty', `${path} holds ${contents.length} resources. Delete them, or add ?force=true.`)
      }
      const user = [...entries].find(([, entry]) => entry.kind.references?.(entry.resource).includes(path))
      if (user) throw new ServiceError(409, 'in-use', `${path} is in use by ${user[0]}.`)
      const removed = read(path)
      for (const gone of [path, ...contents]) entries.delete(gone)
      return removed
    },
  }
}
