import type { AnyCatalog } from './catalog.ts'

/**
 * Returns the known word that was probably meant, or undefined if none is close (Damerau-Levenshtein, ignoring case, at most a
 * third of its letters off).
 */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  // Longer words are not typos; the limit keeps the table small for any input.
  if (word.length > 128) return undefined
  let best: string | undefined
  let bestDistance = Infinity
  for (const candidate of known) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase())
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance]
  }
  return best !== undefined && bestDistance <= Math.max(1, Math.floor(best.length / 3)) ? best : undefined
}

function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1]
      let distance = Math.min(current[column - 1]! + 1, previous[column]! + 1, previous[column - 1]! + (same ? 0 : 1))
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      if (swapped) distance = Math.min(distance, beforePrevious[column - 2]! + 1)
      current.push(distance)
    }
    beforePrevious = previous
    previous = current
  }
  return previous[b.length]!
}

const MOST_KNOWN = 16

/** Returns `; did you mean 'url'?`, or lists the known words if none is near and they are few. */
export function advice(word: string, known: Iterable<string>): string {
  const words = [...known]
  const meant = nearest(word, words)
  if (meant !== undefined) return `; did you mean '${meant}'?`
  return words.length > 0 && words.length <= MOST_KNOWN ? `; known are ${words.join(', ')}` : ''
}

/** Describes a name that a catalog lacks, with the one that was probably meant. */
export function unknownEvent({ definitions }: AnyCatalog, name: unknown): string {
  // Never the text of an object, which would run its code.
  if (typeof name !== 'string')
    return `An event is named by a string such as 'user:created', not by a value of type ${typeof name}.`
  const meant = nearest(name, definitions.keys())
  const hint = meant ? `Did you mean '${meant}'?` : 'Define it with defineEvents().'
  return `There is no event ${JSON.stringify(name.slice(0, 128))}. ${hint}`
}
