import type { RequestInfo } from '@audit/core'
import type { ExecutionContext } from '@nestjs/common'
import { messageOf } from '../discovery/message.ts'
import type { HttpRequest } from './http-request.ts'

/**
 * The origin of a call, passed to callbacks of the application. A member is undefined if the kind of call does not have it. To read
 * members that a guard adds to the request, name them: `({ request }: CallSource<HttpRequest & { token?: string }>) => …`.
 */
export interface CallSource<Q extends HttpRequest = HttpRequest> {
  readonly type: 'http' | 'graphql' | 'rpc' | 'ws'
  /** The HTTP request, also the one that carried a GraphQL operation. */
  readonly request: Q | undefined
  /** The socket of a WebSocket message. */
  readonly client: any
  /** The GraphQL context, or the transport's context of an RPC message. */
  readonly context: any
  /** The message, or the arguments of the GraphQL field. */
  readonly data: any
}

export function httpSource(request: unknown): CallSource {
  return { type: 'http', request } as CallSource
}

/** Reads GraphQL, RPC and WebSocket contexts. Returns undefined for all others, such as HTTP. */
export function callSource(context: ExecutionContext): CallSource | undefined {
  const type = context.getType<string>()
  const args: readonly any[] = context.getArgs()
  if (type === 'rpc') return { type, data: args[0], context: args[1] } as CallSource
  if (type === 'ws') return { type, client: args[0], data: args[1] } as CallSource
  if (type !== 'graphql') return undefined
  // A reference resolver of a federated graph has no root.
  const [data, graph] = args.length > 3 ? args.slice(1) : args
  return { type, data, context: graph, request: graph?.req ?? graph?.request ?? graph?.reply?.request } as CallSource
}

/** The user that a guard or a strategy has set. */
export function userOf({ request, client }: CallSource): unknown {
  // Fastify's middleware receives Node's request.
  const { raw } = (request ?? {}) as { readonly raw?: Pick<HttpRequest, 'user'> }
  return request?.user ?? raw?.user ?? client?.data?.user ?? client?.user
}

/** The address of the socket's other end, which may be a proxy: only the application can know. */
export function addressOf({ client, context, request }: CallSource): string | undefined {
  const socket = client?.['_socket'] ?? context?.getSocketRef?.()?.socket
  const address = request?.ip ?? client?.handshake?.address ?? socket?.remoteAddress
  return typeof address === 'string' ? address : undefined
}

export function requestOf(
  handler: { readonly name: string },
  source: CallSource,
  id: string,
  hasUserAgent: boolean,
): RequestInfo {
  const ip = addressOf(source)
  const userAgent = hasUserAgent ? source.request?.headers?.['user-agent'] : undefined
  return {
    id,
    ...(messageOf(handler) ?? { route: handler.name }),
    ...(ip !== undefined && { ip }),
    ...(userAgent !== undefined && { userAgent }),
  }
}
