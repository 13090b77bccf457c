import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatCheckpoint, leafHash, MerkleTree, parseSigningKey, signNote } from '@audit/proof'
import { checked } from './honest-journal.ts'

// A sealed log of events that no current service writes, such as those of a store whose old events expire.

export interface SignedLog {
  readonly lines: readonly string[]
  /** The payload of `audit:sealed` over the whole log. */
  readonly seal: {
    readonly origin: string
    readonly size: number
    readonly checkpoint: string
    readonly frontier: readonly string[]
  }
  /** Writes the log as a journal. */
  writeTo(root: string): string
}

export interface LogEvent {
  readonly name?: string
  readonly id?: string
  readonly payload?: unknown
}

/** The events of a log, with their places, and a checkpoint over all of them. */
export async function signedLog(source: string, key: string, events: readonly LogEvent[]): Promise<SignedLog> {
  const hashes: Uint8Array[] = []
  const tree = new MerkleTree({ onHash: ({ level }, hash) => void (level === 0 && hashes.push(hash)) })
  const lines = events.map((event, sequence) => lineOf(source, sequence, event))
  for (const line of lines) tree.append(leafHash(line))
  const checkpoint = await signNote(formatCheckpoint({ origin: source, size: tree.size, root: tree.root() }), [
    parseSigningKey(key),
  ])
  const frontier = tree.frontier().hashes.map((hash) => Buffer.from(hash).toString('base64'))
  return {
    lines,
    seal: { origin: source, size: tree.size, checkpoint, frontier },
    writeTo(root) {
      const log = join(root, `flags-api-${source.slice(-8)}`)
      for (const folder of ['log', 'tiles']) mkdirSync(join(log, folder), { recursive: true })
      writeFileSync(join(log, 'source.json'), `${JSON.stringify({ format: 1, source, service: 'flags-api' })}\n`)
      const text = lines.map((line) => `${checked(line.slice(0, -1))}\n`).join('')
      writeFileSync(join(log, 'log/00000000000000000000.1-0.ndjson'), text)
      writeFileSync(join(log, 'tiles/0'), Buffer.concat(hashes))
      writeFileSync(join(log, 'checkpoint'), checkpoint)
      return log
    },
  }
}

function lineOf(
  source: string,
  sequence: number,
  { name = 'flag:created', id = idOf(sequence), payload = {} }: LogEvent,
): string {
  const [type, action] = name.split(':')
  const timestamp = new Date(Date.UTC(2026, 10, 29, 12, 0, 0, sequence)).toISOString()
  const metadata = { actor: { authentication: 'none' } }
  return JSON.stringify({ version: '1.0', type, action, metadata, payload, timestamp, id, status: 'success', source, sequence })
}

function idOf(sequence: number): string {
  return `01a209cc-a113-7631-8050-${String(sequence).padStart(12, '0')}`
}
