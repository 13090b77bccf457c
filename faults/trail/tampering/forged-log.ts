import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import type { EventText } from './ledger.ts'

// The lines of one log in memory, to be changed as anybody could who can write its files and knows the format.

export interface ForgedLine {
  text: EventText
  tag: string | undefined
  /** The stored checksum. Left out: the line has none. */
  crc: string | undefined
  /** A later generation wrote it again, or its segment begins after it: it does not count. */
  readonly isVoided: boolean
}

interface ForgedSegment {
  name: string
  lines: ForgedLine[]
  /** The bytes after the last complete line. */
  readonly torn: string
}

const STORED = /^(.*?)(?:,"tag":"([A-Za-z0-9_-]{22})")?,"crc":"([0-9a-f]{8})"}$/

export class ForgedLog {
  readonly directory: string
  readonly #segments: ForgedSegment[]

  private constructor(directory: string, segments: ForgedSegment[]) {
    this.directory = directory
    this.#segments = segments
  }

  static read(directory: string): ForgedLog {
    const names = segmentNames(directory)
    const segments = names.map((name, index) => {
      const later = names.slice(index + 1).map(firstOf)
      const end = Math.min(Infinity, ...later)
      const [lines, torn] = storedLines(readFileSync(join(directory, 'log', name), 'utf8'))
      return { name, torn, lines: lines.map((line) => lineFrom(line, firstOf(name), end)) }
    })
    return new ForgedLog(directory, segments)
  }

  /** The lines that count, in order. */
  get lines(): readonly ForgedLine[] {
    return this.#segments.flatMap(({ lines }) => lines.filter(({ isVoided }) => !isVoided))
  }

  get segmentNames(): readonly string[] {
    return this.#segments.map(({ name }) => name)
  }

  /** Replaces the lines that count by these. An existing line stays in its segment; a new one goes to the segment of the line before it. */
  replaceLines(lines: readonly ForgedLine[]): void {
    const home = new Map<ForgedLine, ForgedSegment>()
    for (const segment of this.#segments) for (const line of segment.lines) home.set(line, segment)
    const voided = this.#segments.map((segment) => segment.lines.filter(({ isVoided }) => isVoided))
    for (const segment of this.#segments) segment.lines = []
    let current = this.#segments.at(-1)
    const first = lines.find((line) => home.has(line))
    if (first) current = home.get(first)
    for (const line of lines) {
      current = home.get(line) ?? current
      current?.lines.push(line)
    }
    for (const [index, segment] of this.#segments.entries()) segment.lines.push(...voided[index]!)
  }

  /** Joins all lines that count in one segment of the latest generation. */
  joinSegments(): void {
    const last = this.#segments.at(-1)
    if (!last) return
    const lines = [...this.lines]
    const name = segmentName(sequenceOf(lines[0]?.text ?? '') ?? 0, generationOf(last.name))
    this.#segments.splice(0, Infinity, { name, lines, torn: '' })
  }

  /** Gives each segment the sequence of its first line. */
  fitNames(): void {
    for (const segment of this.#segments) {
      const sequence = sequenceOf(segment.lines.find(({ isVoided }) => !isVoided)?.text ?? '')
      if (sequence !== undefined) segment.name = segmentName(sequence, generationOf(segment.name))
    }
  }

  removeEmptySegments(): void {
    const kept = this.#segments.filter(({ lines, torn }) => lines.length > 0 || torn !== '')
    this.#segments.splice(0, Infinity, ...kept)
  }

  /** Removes the process of that term. Lines that it had written again count again. */
  removeNewestGeneration(): void {
    const newest = this.#segments.at(-1)
    if (!newest || this.#segments.length < 2) return
    const kept = this.#segments.filter(({ name }) => generationOf(name) !== generationOf(newest.name))
    if (kept.length > 0) this.#segments.splice(0, Infinity, ...kept)
  }

  write(): void {
    for (const name of segmentNames(this.directory)) rmSync(join(this.directory, 'log', name))
    for (const { name, lines, torn } of this.#segments)
      writeFileSync(join(this.directory, 'log', name), lines.map(storedLine).join('') + torn, { mode: 0o600 })
  }
}

/** The names of the segments of a log, in the order of their generations. */
export function segmentNames(directory: string): readonly string[] {
  const rank = (name: string) => generationOf(name).split('-').map(Number) as [number, number]
  return readdirSync(join(directory, 'log'))
    .filter((name) => /^\d{20}\.\d+-\d+\.ndjson$/.test(name))
    .toSorted((one, other) => {
      const [[term, attempt], [otherTerm, otherAttempt]] = [rank(one), rank(other)]
      return term - otherTerm || attempt - otherAttempt || (one < other ? -1 : 1)
    })
}

export function sequenceOf(text: EventText): number | undefined {
  const digits = /"sequence":(\d+)}$/.exec(text)?.[1]
  return digits === undefined ? undefined : Number(digits)
}

export function withSequence(text: EventText, sequence: number): EventText {
  return text.replace(/"sequence":\d+}$/, `"sequence":${sequence}}`)
}

export function checksumOf({ text, tag }: Pick<ForgedLine, 'text' | 'tag'>): string {
  return crc32(framed(text, tag)).toString(16).padStart(8, '0')
}

export function isSeal(text: EventText): boolean {
  return text.startsWith('{"version":"1.0","type":"audit","action":"sealed"')
}

export function segmentName(first: number, generation: string): string {
  return `${String(first).padStart(20, '0')}.${generation}.ndjson`
}

export function generationOf(name: string): string {
  return name.split('.')[1]!
}

function framed(text: EventText, tag: string | undefined): string {
  return text.slice(0, -1) + (tag === undefined ? '' : `,"tag":"${tag}"`)
}

function storedLine({ text, tag, crc }: ForgedLine): string {
  return crc === undefined ? `${framed(text, tag)}}\n` : `${framed(text, tag)},"crc":"${crc}"}\n`
}

function storedLines(content: string): readonly [lines: readonly string[], torn: string] {
  const parts = content.split('\n')
  return [parts.slice(0, -1), parts.at(-1)!]
}

function lineFrom(line: string, first: number, end: number): ForgedLine {
  const [, open, tag, crc] = STORED.exec(line) ?? []
  const text = open === undefined ? line : `${open}}`
  const sequence = sequenceOf(text) ?? first
  return { text, tag, crc, isVoided: sequence < first || sequence >= end }
}

function firstOf(name: string): number {
  return Number(name.split('.')[0])
}
