// Measures `audit verify` at its limits, with inputs that it makes: many logs, and one long log. By command only; see docs/benchmarks.md.
//
//   node bench/src/seal/verify-limits.ts copy 20000      a copy with 20 events and a seal of each of 20,000 logs, interleaved
//   node bench/src/seal/verify-limits.ts journal 20000   a journal with 20,000 logs of 20 events
//   node bench/src/seal/verify-limits.ts events 10000000 a journal with one log of ten million events
//
// Prints the processor time, the elapsed time and the largest memory of the process that verifies, as JSON.
import { spawnSync } from 'node:child_process'
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { crc32 } from 'node:zlib'
import { formatCheckpoint, generateKeyPair, leafHash, MerkleTree, parseSigningKey, signNote } from '@audit/proof'

const PROGRAM = fileURLToPath(new URL('verify-process.ts', import.meta.url))
const EVENTS_OF_A_LOG = 20
const SEGMENT_EVENTS = 100_000
const WRITE_BYTES = 1 << 20

const { signingKey, verifierKey } = generateKeyPair('bench')
const key = parseSigningKey(signingKey)

function eventOf(source: string, sequence: number, more: object = {}): string {
  const timestamp = new Date(Date.UTC(2026, 10, 29) + sequence).toISOString()
  const id = `01a209cc-a113-7631-8050-${String(sequence).padStart(12, '0')}`
  const metadata = { actor: { id: `user-${sequence % 1_000}`, email: 'ada@example.com' }, tenant: 'default', requestId: id }
  const payload = { key: `flag-${sequence % 10_000}`, enabled: sequence % 2 === 0, description: 'A flag of an ordinary size' }
  const event = { version: '1.0', type: 'flag', action: 'updated', metadata, payload, timestamp, id, status: 'success' }
  return JSON.stringify({ ...event, ...more, source, sequence })
}

/** Collects lines, and writes them in large pieces. */
class LineFile {
  readonly #file: number
  #lines: string[] = []
  #bytes = 0

  constructor(path: string) {
    this.#file = openSync(path, 'w')
  }

  add(line: string): void {
    this.#lines.push(line, '\n')
    this.#bytes += line.length
    if (this.#bytes > WRITE_BYTES) this.#write()
  }

  close(): void {
    this.#write()
    closeSync(this.#file)
  }

  #write(): void {
    writeSync(this.#file, this.#lines.join(''))
    this.#lines = []
    this.#bytes = 0
  }
}

const checked = (event: string) => {
  const open = event.slice(0, -1)
  return `${open},"crc":"${crc32(open).toString(16).padStart(8, '0')}"}`
}

const signed = (origin: string, tree: MerkleTree) =>
  signNote(formatCheckpoint({ origin, size: tree.size, root: tree.root() }), [key])

const sourceOf = (index: number) => `bench/host/${String(index).padStart(8, '0')}`

async function writeCopy(directory: string, logs: number): Promise<string> {
  const path = join(directory, 'audit.log')
  const file = new LineFile(path)
  const all = Array.from({ length: logs }, (_, index) => ({ source: sourceOf(index), tree: new MerkleTree() }))
  for (let sequence = 0; sequence < EVENTS_OF_A_LOG; sequence++) {
    for (const { source, tree } of all) {
      const line = eventOf(source, sequence)
      tree.append(leafHash(line))
      file.add(line)
    }
  }
  for (const { source, tree } of all) {
    const frontier = tree.frontier().hashes.map((hash) => Buffer.from(hash).toString('base64'))
    const payload = { origin: source, size: tree.size, checkpoint: await signed(source, tree), frontier }
    file.add(eventOf(source, tree.size, { type: 'audit', action: 'sealed', payload }))
  }
  file.close()
  return path
}

async function writeLog(root: string, index: number, events: number): Promise<void> {
  const source = sourceOf(index)
  const log = join(root, `bench-${source.slice(-8)}`)
  for (const folder of ['log', 'tiles']) mkdirSync(join(log, folder), { recursive: true })
  writeFileSync(join(log, 'source.json'), `${JSON.stringify({ format: 2, source, service: 'bench' })}\n`)
  const tiles = openSync(join(log, 'tiles/0'), 'w')
  const tree = new MerkleTree({ onHash: ({ level }, hash) => void (level === 0 && writeSync(tiles, hash)) })
  for (let first = 0; first < events; first += SEGMENT_EVENTS) {
    const file = new LineFile(join(log, `log/${String(first).padStart(20, '0')}.1-0.ndjson`))
    for (let sequence = first; sequence < Math.min(events, first + SEGMENT_EVENTS); sequence++) {
      const line = eventOf(source, sequence)
      tree.append(leafHash(line))
      file.add(checked(line))
    }
    file.close()
  }
  closeSync(tiles)
  writeFileSync(join(log, 'checkpoint'), await signed(source, tree))
}

const writers: Readonly<Record<string, (directory: string, count: number) => Promise<string>>> = {
  copy: writeCopy,
  async journal(directory, logs) {
    for (let index = 0; index < logs; index++) await writeLog(directory, index, EVENTS_OF_A_LOG)
    return directory
  },
  async events(directory, events) {
    await writeLog(directory, 0, events)
    return directory
  },
}

const [what = '', count = ''] = process.argv.slice(2)
const write = writers[what]
if (!write || !/^[1-9]\d*$/.test(count))
  throw new Error('Usage: node bench/src/seal/verify-limits.ts copy|journal|events <count>')
const directory = mkdtempSync(join(process.env['AUDIT_BENCH_DIRECTORY'] ?? tmpdir(), 'audit-verify-'))
try {
  const path = await write(directory, Number(count))
  const { stdout, stderr } = spawnSync(process.execPath, [...process.execArgv, PROGRAM, path, verifierKey, 'tail'], {
    encoding: 'utf8',
  })
  process.stdout.write(stderr + stdout + '\n')
} finally {
  rmSync(directory, { recursive: true })
}
