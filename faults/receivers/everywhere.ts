import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { createServer, type Socket } from 'node:net'
import type { Certificate } from '../../packages/sink-webhook/test/certificates.ts'

/** Addresses of a stranger's receiver. */
export const PUBLIC: readonly string[] = ['93.184.215.14', '2606:2800:21f:cb07:6820:80da:af6b:8b2c']

/** A machine that has every address. */
export interface Everywhere {
  /** Connections to other addresses than the receiver's, with the address. */
  readonly inside: readonly string[]
}

/** Listens at every address: the public ones are the receiver, all others the internal network, which counts connections and closes them. */
export async function listenEverywhere(
  ports: readonly number[],
  certificate: Certificate,
  react: (...given: Parameters<RequestListener>) => void,
): Promise<Everywhere> {
  const inside: string[] = []
  const receiver = createHttpsServer({ ...certificate }, react)
  const meet = (socket: Socket) => {
    const address = socket.localAddress?.replace(/^::ffff:(?=[\d.]+$)/, '') ?? 'gone'
    if (PUBLIC.includes(address)) {
      receiver.emit('connection', socket)
      return
    }
    inside.push(address)
    socket.on('error', () => {}).destroy()
  }
  for (const port of ports) await once(createServer(meet).listen(port, '::'), 'listening')
  return { inside }
}
