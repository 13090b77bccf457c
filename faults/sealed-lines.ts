import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { formatCheckpoint, leafHash, MerkleTree, parseSigningKey, signNote } from '../packages/proof/dist/index.js'

// Changes that an attacker who knows the format can make to a log, with every repair that makes it look right again.

/** A line that counts, without its tag and its checksum. */
export interface SealedLine {
  readonly text: string
  readonly sequence: number
}

const CRC = /(,"tag":"[\w-]{22}")?,"crc":"[0-9a-f]{8}"}$/

/** The lines that count, in order: for each sequence the one of the latest generation. */
export function countingLines(log: string): readonly SealedLine[] {
  const lines: SealedLine[] = []
  for (const name of segmentNames(log)) {
    const [first = 0] = name.split('.').map(Number)
    while ((lines.at(-1)?.sequence ?? -1) >= first) lines.pop()
    for (const line of readFileSync(join(log, 'log', name), 'utf8').split('\n')) {
      if (!CRC.test(line)) continue
      const text = line.replace(CRC, '}')
      lines.push({ text, sequence: (JSON.parse(text) as { readonly sequence: number }).sequence })
    }
  }
  return lines
}

/** The files of a log in the order of their generations. */
export function segmentNames(log: string): readonly string[] {
  const rank = (name: string) => name.split('.')[1]!.split('-').map(Number) as [number, number]
  return readdirSync(join(log, 'log')).toSorted((one, other) => {
    const [[term, attempt], [otherTerm, otherAttempt]] = [rank(one), rank(other)]
    return term - otherTerm || attempt - otherAttempt || (one < other ? -1 : 1)
  })
}

/** The line with a matching checksum. */
export function checked(text: string): string {
  const open = text.slice(0, -1)
  return `${open},"crc":"${crc32(open).toString(16).padStart(8, '0')}"}\n`
}

export function numbered(text: string, sequence: number): string {
  return text.replace(/"sequence":\d+}$/, `"sequence":${sequence}}`)
}

/** Changes the lines of each file. Changed lines get a matching checksum. */
export function changeLines(log: string, change: (text: string, sequence: number) => readonly string[]): void {
  for (const name of segmentNames(log)) {
    const path = join(log, 'log', name)
    const changed = readFileSync(path, 'utf8')
      .split('\n')
      .flatMap((line) => {
        if (!CRC.test(line)) return line === '' ? [] : [line]
        const text = line.replace(CRC, '}')
        return change(text, (JSON.parse(text) as { readonly sequence: number }).sequence).map(checked)
      })
    writeFileSync(path, changed.join(''))
  }
}

/** Rewrites a log as its own service would have, with its hashes, its seals and its checkpoint, signed by this key. */
export async function forge(log: string, lines: readonly string[], size: number, key: string): Promise<void> {
  const { source } = JSON.parse(readFileSync(join(log, 'source.json'), 'utf8')) as { readonly source: string }
  const signer = parseSigningKey(key)
  const levels = [[], [], []] as Uint8Array[][]
  const tree = new MerkleTree({ onHash: ({ level }, hash) => void (level % 8 === 0 && levels[level / 8]?.push(hash)) })
  const frontiers = new Map<number, { readonly checkpoint: string; readonly frontier: readonly string[] }>()
  const note = () => signNote(formatCheckpoint({ origin: source, size: tree.size, root: tree.root() }), [signer])
  const seals = new Set(lines.flatMap((text) => sealedSizeIn(text, source) ?? []))
  const forged: string[] = []
  let checkpoint = ''
  for (const text of lines) {
    if (seals.has(tree.size) || tree.size === 0) {
      const frontier = tree.frontier().hashes.map((hash) => Buffer.from(hash).toString('base64'))
      frontiers.set(tree.size, { checkpoint: await note(), frontier })
    }
    const sealed = sealedSizeIn(text, source)
    const seal = sealed === undefined ? undefined : frontiers.get(sealed)
    const line = seal ? withSeal(text, seal) : text
    forged.push(line)
    tree.append(leafHash(line))
    if (tree.size === size) checkpoint = await note()
  }
  const names = segmentNames(log)
  for (const name of names) rmSync(join(log, 'log', name))
  writeFileSync(join(log, 'log', names.at(-1)!.replace(/^\d+/, '0'.repeat(20))), forged.map(checked).join(''))
  for (const [level, hashes] of levels.entries())
    if (hashes.length > 0) writeFileSync(join(log, 'tiles', String(level)), Buffer.concat(hashes))
  writeFileSync(join(log, 'checkpoint'), checkpoint)
}

function sealedSizeIn(text: string, source: string): number | undefined {
  if (!text.startsWith('{"version":"1.0","type":"audit","action":"sealed"')) return undefined
  const { payload } = JSON.parse(text) as { readonly payload: { readonly origin: string; readonly size: number } }
  return payload.origin === source ? payload.size : undefined
}

function withSeal(text: string, seal: { readonly checkpoint: string; readonly frontier: readonly string[] }): string {
  const event = JSON.parse(text) as { readonly payload: object }
  return JSON.stringify({ ...event, payload: { ...event.payload, ...seal } })
}
