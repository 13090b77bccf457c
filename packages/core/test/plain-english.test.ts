import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

// Readers of this project learned English from manuals. Each phrase here stopped one of them, and has a plain equivalent.

const root = fileURLToPath(new URL('../../..', import.meta.url))
const phrases = {
  'name the user, the caller, the process or the attacker': ['whoever', 'nobody', 'somebody'],
  'the field says operation': ['deed'],
  'write "there is no" or "does not have"': ['is none', 'are none', 'of what is', 'what is no'],
  'idioms: deleted, reported, skipped, contains, this number of, counters': [
    'let go',
    'told beside',
    'passed over',
    'brings',
    'so many',
    'the books',
  ],
}
const phrase = new RegExp(
  `\\b(${Object.values(phrases)
    .flat()
    .map((words) => words.replaceAll(' ', '\\s+'))
    .join('|')})\\b`,
  'gi',
)
/** A comment that opens with a relative clause hides its subject. It starts with a verb or the subject. */
const opening = /\/\*\*\s*(?:\*\s*)?(What|Who|Whom|Whose|Whoever|Of|So|Whether|Where)\b/g

/** This list of phrases is no use of them. */
const self = 'packages/core/test/plain-english.test.ts'
const texts = globSync(
  ['{packages,apps}/*/{src,test}/**/*.ts', '{faults,bench}/**/*.ts', '*.md', 'docs/**/*.md', '{packages,apps}/*/README.md'],
  { cwd: root, exclude: ['**/node_modules/**', '**/dist/**'] },
)
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => path !== self)
  .toSorted()

interface Finding {
  readonly path: string
  readonly words: string
}

function findings(pattern: RegExp): readonly Finding[] {
  return texts.flatMap((path) =>
    [...readFileSync(join(root, path), 'utf8').matchAll(pattern)].map(([words]) => ({
      path,
      words: words.replaceAll(/\s+/g, ' '),
    })),
  )
}

test('the texts were found', () => {
  expect(texts).toEqual(expect.arrayContaining(['README.md', 'docs/event.md', 'packages/core/src/index.ts']))
})

test('no text has a phrase that stops readers', () => {
  expect(findings(phrase).map(({ path, words }) => `${path}: ${words}`)).toEqual([])
})

test('no doc comment opens with a relative clause', () => {
  expect(findings(opening).map(({ path, words }) => `${path}: ${words}`)).toEqual([])
})

test.each(['/** What a sink was given. */', '/**\n * Whether it ended.\n */', '/** Of each log its end. */'])(
  'the rule for comments finds %j',
  (comment) => {
    expect(comment.match(opening)).not.toBeNull()
  },
)

test.each(['Nobody reads it.', 'There  are\nnone.', 'whoever writes'])('the rule for phrases finds %j', (text) => {
  expect(text.match(phrase)).not.toBeNull()
})
