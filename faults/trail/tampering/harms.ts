import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { ForgedLog, isSeal, sequenceOf, withSequence, type ForgedLine } from './forged-log.ts'

// An attacker's goals: an event with another content, a missing event, or an invented event.

/** The lines that are harmed. */
export const harmSets = ['one', 'prefix', 'suffix', 'all-but-seals', 'all-but-last', 'all'] as const
export type HarmSet = (typeof harmSets)[number]

export type Harm =
  | { readonly do: 'alter' | 'delete'; readonly set: HarmSet; readonly at: number }
  /** New events, at a position or after the last line; of this log, of a log that does not exist, or of no log. */
  | { readonly do: 'insert'; readonly at: number | 'end'; readonly count: number; readonly of?: 'elsewhere' | 'none' }
  /** An old event again, as a new one at the end. */
  | { readonly do: 'replay'; readonly at: number }
  | { readonly do: 'swap'; readonly at: number }
  /** The whole log. */
  | { readonly do: 'hide' }

/** Changes the files. The covers hide the traces. */
export function harmLog(log: ForgedLog, harm: Harm): void {
  const lines = log.lines
  if (harm.do === 'hide') return rmSync(log.directory, { recursive: true })
  if (lines.length === 0) return
  log.replaceLines(harmed(lines, harm))
}

function harmed(lines: readonly ForgedLine[], harm: Exclude<Harm, { readonly do: 'hide' }>): readonly ForgedLine[] {
  switch (harm.do) {
    case 'alter': {
      const chosen = new Set(chosenFrom(lines, harm))
      for (const line of lines) if (chosen.has(line)) line.text = altered(line.text)
      return lines
    }
    case 'delete': {
      const chosen = new Set(chosenFrom(lines, harm))
      return lines.filter((line) => !chosen.has(line))
    }
    case 'insert': {
      const place = harm.at === 'end' ? lines.length : harm.at % lines.length
      return lines.toSpliced(
        place,
        0,
        ...Array.from({ length: harm.count }, (_, index) => forgedEvent(lines, place, index, harm.of)),
      )
    }
    case 'replay':
      return [...lines, copyOf(lines[harm.at % lines.length]!, lastSequence(lines) + 1)]
    case 'swap': {
      if (lines.length < 2) return lines
      const place = harm.at % (lines.length - 1)
      return lines.toSpliced(place, 2, lines[place + 1]!, lines[place]!)
    }
  }
}

function chosenFrom(
  lines: readonly ForgedLine[],
  { set, at }: { readonly set: HarmSet; readonly at: number },
): readonly ForgedLine[] {
  const ordinary = lines.filter(({ text }) => !isSeal(text))
  switch (set) {
    case 'one':
      return ordinary.length === 0 ? [] : [ordinary[at % ordinary.length]!]
    case 'prefix':
      return lines.slice(0, Math.ceil(lines.length / 2))
    case 'suffix':
      return lines.slice(-Math.ceil(lines.length / 4))
    case 'all-but-seals':
      return ordinary
    case 'all-but-last':
      return lines.slice(0, -1)
    case 'all':
      return lines
  }
}

/** The same event with another amount, or another outcome. Never the same text. */
function altered(text: string): string {
  const amount = text.replace(/"amount":(\d+)/, (_, digits: string) => `"amount":${Number(digits) + 7}`)
  if (amount !== text) return amount
  return text.replace(/"status":"(\w+)"/, (_, status: string) => `"status":"${status === 'success' ? 'failure' : 'success'}"`)
}

/** An event that was never recorded. It has the number of its place. */
function forgedEvent(lines: readonly ForgedLine[], place: number, index: number, of?: 'elsewhere' | 'none'): ForgedLine {
  const model = lines.find(({ text }) => text.includes('"type":"entry"')) ?? lines[0]!
  const sequence = place < lines.length ? (sequenceOf(lines[place]!.text) ?? 0) + index : lastSequence(lines) + 1 + index
  const text = altered(model.text).replace(/"id":"[^"]*"/, `"id":"${randomUUID()}"`)
  const numbered = withSequence(text, sequence)
  return { text: of === undefined ? numbered : ofNoLog(numbered, of), tag: undefined, crc: '00000000', isVoided: false }
}

function ofNoLog(text: string, of: 'elsewhere' | 'none'): string {
  const place = /,"source":"[^"]*","sequence":(\d+)}$/
  return of === 'none' ? text.replace(place, '}') : text.replace(place, ',"source":"elsewhere","sequence":$1}')
}

function copyOf({ text, crc }: ForgedLine, sequence: number): ForgedLine {
  return { text: withSequence(text, sequence), tag: undefined, crc, isVoided: false }
}

function lastSequence(lines: readonly ForgedLine[]): number {
  return sequenceOf(lines.at(-1)?.text ?? '') ?? 0
}
