import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { isTrailLine } from './trail-line.ts'

interface CorpusLine {
  readonly what: string
  readonly isLine: boolean
  readonly line?: string
  /** Stands for `{nested}` in the line: this many nested lists. */
  readonly nested?: number
  readonly base64?: string
}

const corpus = JSON.parse(readFileSync(new URL('../../../../docs/trail-lines.json', import.meta.url), 'utf8')) as CorpusLine[]

test.each(corpus)('the corpus decides what a line is: $what', ({ line = '', nested = 0, base64, isLine }) => {
  const text = line.replace('{nested}', '['.repeat(nested) + ']'.repeat(nested))
  expect(isTrailLine(base64 === undefined ? Buffer.from(text) : Buffer.from(base64, 'base64'))).toBe(isLine)
})
