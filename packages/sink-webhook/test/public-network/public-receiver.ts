import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { onTestFinished } from 'vitest'
import { makeAuthority, type Authority, type Certificate } from '../certificates.ts'
import type { Reaction } from '../receiver.ts'

export interface PublicReceiver {
  readonly port: number
  readonly authority: Authority
  /** The name that each request's TLS connection was made for, oldest first. */
  readonly names: readonly string[]
  readonly connections: number
}

/** The address that the tests treat as public: `::1`, where the receiver of the running test listens. */
export const PUBLIC = '::1'
export const NAME = 'hooks.example.com'

let identity: { readonly authority: Authority; readonly certificate: Certificate } | undefined

function proofOfName(): NonNullable<typeof identity> {
  const authority = makeAuthority()
  return { authority, certificate: authority.issue(NAME) }
}

/** A real HTTPS server at `PUBLIC` with a certificate for `NAME`. */
export async function publicReceiver(react: Reaction, port = 0): Promise<PublicReceiver> {
  const { authority, certificate } = (identity ??= proofOfName())
  const names: string[] = []
  let connections = 0
  const server = createServer({ ...certificate }, (request, response) => {
    names.push(String((request.socket as TLSSocket).servername))
    request.resume().on('end', () => react(response, { url: request.url!, headers: request.headers, body: '' }))
  })
  server.on('connection', () => connections++)
  server.listen(port, PUBLIC)
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return {
    port: (server.address() as AddressInfo).port,
    authority,
    names,
    get connections() {
      return connections
    },
  }
}
