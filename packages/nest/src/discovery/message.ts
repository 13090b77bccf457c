/** The message or GraphQL operation that a method handles, found by the metadata that Nest's own explorers use. */
export interface Message {
  readonly method: 'RPC' | 'WS' | 'MUTATION' | 'QUERY'
  /** The pattern of the message, never its content. */
  readonly route: string
}

export function messageOf(method: { readonly name: string }): Message | undefined {
  const read = (key: string): unknown => Reflect.getMetadata(key, method)
  if (read('microservices:handler_type') !== undefined) return { method: 'RPC', route: text(read('microservices:pattern')) }
  if (read('websockets:message_mapping') !== undefined) return { method: 'WS', route: text(read('message')) }
  const operation = read('graphql:resolver_type')
  if (operation === undefined && read('graphql:resolve_reference') === undefined) return undefined
  return { method: operation === 'Mutation' ? 'MUTATION' : 'QUERY', route: text(read('graphql:resolver_name') ?? method.name) }
}

function text(pattern: unknown): string {
  return [pattern]
    .flat()
    .map((one) => (typeof one === 'string' ? one : JSON.stringify(one)))
    .join(', ')
}
