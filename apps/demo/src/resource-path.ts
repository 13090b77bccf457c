/** Fills in a pattern such as `/namespaces/:key` with these members. A key with a slash in it stays one part. */
export function resourcePath(pattern: string, members: Readonly<Record<string, unknown>>): string {
  return pattern.replaceAll(/:(\w+)/g, (_, member: string) => encodeURIComponent(String(members[member])))
}

/** The parent of a resource: `/namespaces/default` for `/namespaces/default/flags/flipt`, '' for `/namespaces/default`. */
export function parentPath(path: string): string {
  return path.split('/').slice(0, -2).join('/')
}
