import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { createAudit, defineEvents, fileAnchor, fileJournal, type AuditOptions, type Sink } from '@audit/core'
import { generateKeyPair } from '@audit/proof'
import { onTestFinished } from 'vitest'
import { z } from 'zod'

const payload = z.object({ key: z.string() })
const events = defineEvents({ flag: { created: payload, deleted: payload }, user: { 'signed-in': payload } })

export const keys: { readonly signingKey: string; readonly verifierKey: string } = generateKeyPair('flags-api')

/** Creates a directory that is removed at the end of the test. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'audit-cli-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

export interface HonestJournal {
  /** The journal. */
  readonly root: string
  /** Its one log. */
  readonly log: string
  readonly source: string
  readonly anchor: string
}

/** Longer than a test. */
const SELDOM_MS = 3_600_000

export interface HonestOptions {
  /** The number of events of each process, one process after the other. */
  readonly runs?: readonly number[]
  readonly seal?: AuditOptions['seal']
  readonly segmentBytes?: number
  readonly maxBytes?: number
  readonly sinks?: AuditOptions['sinks']
  readonly root?: string
}

/** A trail that a real audit has written, sealed and closed. Without `seal` each process seals once, at its end, however slow it is. */
export async function honestJournal(options: HonestOptions = {}): Promise<HonestJournal> {
  const {
    runs = [20, 30],
    seal = { key: keys.signingKey, everyMs: SELDOM_MS },
    segmentBytes = 4_096,
    maxBytes,
    sinks = [],
  } = options
  const directory = options.root ?? temporaryDirectory()
  const [root, anchor] = [join(directory, 'journal'), join(directory, 'anchor.ndjson')]
  let source = ''
  for (const count of runs) {
    const audit = createAudit({
      service: 'flags-api',
      events,
      seal,
      anchors: seal === false ? [] : [fileAnchor({ path: anchor, everyMs: 1 })],
      sinks,
      journal: fileJournal({ directory: root, segmentBytes, ...(maxBytes && { maxBytes }) }),
    })
    await audit.ready()
    for (let index = 0; index < count; index++) {
      await audit.record(index % 3 === 0 ? 'flag:created' : 'user:signed-in', { key: `event ${index}` })
    }
    source = audit.health().journal.source!
    await audit.close()
  }
  const log = join(root, `flags-api-${source.slice(-8)}`)
  return { root, log, source, anchor }
}

/** The files of a log, oldest first. A later generation comes after the files that it replaces. */
export function segmentsIn(log: string): readonly string[] {
  return readdirSync(join(log, 'log'))
    .toSorted()
    .map((name) => join(log, 'log', name))
}

/** Changes single lines in all files of a log. A changed line gets a matching checksum. */
export function changeLines(log: string, change: (line: string, sequence: number) => readonly string[]): void {
  for (const path of segmentsIn(log)) {
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
    const changed = lines.flatMap((line) => {
      const open = line.replace(/(,"tag":"[\w-]{22}")?,"crc":"[0-9a-f]{8}"}$/, '')
      return change(open, (JSON.parse(line) as { sequence: number }).sequence).map(checked)
    })
    writeFileSync(path, changed.map((line) => `${line}\n`).join(''))
  }
}

/** Completes the text of an object without its closing brace to a line of a journal. */
export function checked(open: string): string {
  return `${open},"crc":"${crc32(open).toString(16).padStart(8, '0')}"}`
}

/** A sink that keeps its lines. */
export function keepingSink(): Sink & { readonly lines: string[] } {
  const lines: string[] = []
  return { name: 'copy', lines, write: async (batch) => void lines.push(...batch.lines) }
}
