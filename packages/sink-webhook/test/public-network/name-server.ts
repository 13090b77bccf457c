import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { isIPv4 } from 'node:net'

/** The answers for a name: addresses, or another name. With several of these, each is the answer once, and the last one for good. */
export type Zone = Readonly<Record<string, readonly (readonly string[])[]>>

export interface NameServer {
  readonly address: string
  readonly port: number
  /** Every question, oldest first: `A hooks.example.com`. */
  readonly questions: readonly string[]
  close(): void
}

const TYPES: Readonly<Record<number, string>> = { 1: 'A', 5: 'CNAME', 28: 'AAAA' }
const NAME_ERROR = 3

/** A real DNS server for A and AAAA over UDP, whose answers have a time to live of 0. */
export async function startNameServer(zone: Zone, port = 0): Promise<NameServer> {
  const questions: string[] = []
  const socket = createSocket('udp4')
  socket.on('message', (message, from) => {
    const name = readName(message, 12)
    const end = 12 + name.length + 2
    const type = TYPES[message.readUInt16BE(end)] ?? 'other'
    const question = `${type} ${name.toLowerCase()}`
    const earlier = questions.filter((one) => one === question).length
    questions.push(question)
    const records = recordsOf(zone, name.toLowerCase(), type, earlier)
    const header = Buffer.alloc(12)
    message.copy(header, 0, 0, 2)
    header.writeUInt16BE(0x8580 | (records ? 0 : NAME_ERROR), 2)
    header.writeUInt16BE(1, 4)
    header.writeUInt16BE(records?.length ?? 0, 6)
    socket.send(Buffer.concat([header, message.subarray(12, end + 4), ...(records ?? [])]), from.port, from.address)
  })
  socket.bind(port, '127.0.0.1')
  await once(socket, 'listening')
  return { ...socket.address(), questions, close: () => socket.close() }
}

function recordsOf(zone: Zone, name: string, type: string, earlier: number): readonly Buffer[] | undefined {
  const answers = zone[name]
  if (!answers) return undefined
  return answers[Math.min(earlier, answers.length - 1)]!.flatMap((value) => {
    if (value in zone) return [record(name, 'CNAME', writeName(value)), ...(recordsOf(zone, value, type, earlier) ?? [])]
    return type === (isIPv4(value) ? 'A' : 'AAAA') ? [record(name, type, bytesOf(value))] : []
  })
}

function record(name: string, type: string, data: Buffer): Buffer {
  const fixed = Buffer.alloc(10)
  fixed.writeUInt16BE(Number(Object.keys(TYPES).find((number) => TYPES[Number(number)] === type)), 0)
  fixed.writeUInt16BE(1, 2)
  fixed.writeUInt16BE(data.length, 8)
  return Buffer.concat([writeName(name), fixed, data])
}

function readName(message: Buffer, start: number): string {
  const labels: string[] = []
  for (let at = start; message[at]! > 0; at += message[at]! + 1)
    labels.push(message.toString('latin1', at + 1, at + 1 + message[at]!))
  return labels.join('.')
}

function writeName(name: string): Buffer {
  const labels = name.split('.').map((label) => Buffer.from(`${String.fromCharCode(label.length)}${label}`, 'latin1'))
  return Buffer.concat([...labels, Buffer.alloc(1)])
}

function bytesOf(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number))
  const [head = '', tail = ''] = new URL(`https://[${address}]`).hostname.slice(1, -1).split('::')
  const groups = (part: string) =>
    part === ''
      ? ''
      : part
          .split(':')
          .map((group) => group.padStart(4, '0'))
          .join('')
  return Buffer.from(groups(head) + '0'.repeat(32 - groups(head).length - groups(tail).length) + groups(tail), 'hex')
}
