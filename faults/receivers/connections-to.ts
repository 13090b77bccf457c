import { readFileSync } from 'node:fs'

const ESTABLISHED = '01'

/**
 * How many connections from this machine to each of these ports of it are established at one moment. The kernel does not make its
 * list at one moment, and may list a connection together with its replacement: only one that it lists twice in a row was open in between.
 */
export function connectionsTo(ports: readonly number[]): readonly number[] {
  const [first, second] = [established(), established()]
  return ports.map((port) => [...first].filter((each) => each.endsWith(`:${port}`) && second.has(each)).length)
}

/** Each as `<local address> <remote address>:<remote port>`. */
function established(): ReadonlySet<string> {
  const found = new Set<string>()
  for (const line of readFileSync('/proc/net/tcp', 'latin1').split('\n').slice(1)) {
    const [, local, remote = '', state] = line.trim().split(/\s+/)
    const [address, port = ''] = remote.split(':')
    if (state === ESTABLISHED) found.add(`${local} ${address}:${Number.parseInt(port, 16)}`)
  }
  return found
}
