import { styleText } from 'node:util'
import type { Progress } from './command.ts'

/** A format of `styleText`. */
export type Format = Parameters<typeof styleText>[0]

/** Colours text, or leaves it as it is. */
export type Paint = (format: Format, text: string) => string

/** Returns a function that colours text, only on a terminal. */
export function painter(isTerminal: boolean): Paint {
  return isTerminal ? (format, text) => styleText(format, text, { validateStream: false }) : (_, text) => text
}

/** Aligns the columns of rows. The last column is not padded. */
export function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths: number[] = []
  for (const row of rows) row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, cell.length)))
  return rows.map((row) =>
    row
      .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column]!)))
      .join('  ')
      .trimEnd(),
  )
}

const MIN_INTERVAL_MS = 100

/** Shows progress on one line of a terminal, which is rewritten. Does nothing elsewhere. */
export function progressOn(stream: NodeJS.WriteStream, now: () => number): Progress {
  if (!stream.isTTY) return { update: () => undefined, end: () => undefined }
  let shownAt = -Infinity
  let width = 0
  // Clears with spaces, because not every terminal can clear a line.
  const show = (text: string) => {
    stream.write(`\r${text.padEnd(width)}`)
    width = text.length
  }
  return {
    update(done, total, what) {
      if (now() - shownAt < MIN_INTERVAL_MS) return
      shownAt = now()
      const share = total ? ` (${Math.floor((done / total) * 100)} %)` : ''
      show(`${done.toLocaleString('en')} ${what}${share}`)
    },
    end() {
      if (width > 0) show('')
      if (shownAt !== -Infinity) stream.write('\r')
      shownAt = -Infinity
    },
  }
}

/** A rounded duration: `3 minutes`, `2 days`. */
export function roughly(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1_000))
  const units = [
    ['day', 86_400],
    ['hour', 3_600],
    ['minute', 60],
  ] as const
  const [unit, size] = units.find(([, each]) => seconds >= each * 2) ?? (['second', 1] as const)
  return count(Math.floor(seconds / size), unit)
}

/** `1 event`, `1,234 events`. */
export function count(number: number, noun: string): string {
  return `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`
}
