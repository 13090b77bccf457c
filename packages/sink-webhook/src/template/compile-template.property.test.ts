import type { AuditEvent } from '@audit/core'
import { sampleBatch } from '@audit/core/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compileTemplate } from './compile-template.ts'
import { jsonFault } from './json-fault.ts'
import { TemplateError } from './template-error.ts'

const [sample] = sampleBatch(1).events
const value = fc.jsonValue({ depthSize: 'medium', stringUnit: 'binary' })
const event = fc
  .record({ payload: value, id: fc.string({ unit: 'binary' }), name: fc.string({ unit: 'binary' }) })
  .map(({ payload, id, name }): AuditEvent => ({ ...sample!, payload, target: { type: 'flag', id, name } }))
const path = fc.constantFrom('.', 'payload', 'target.id', 'target.name', 'payload.a', 'reason', 'metadata.actor', 'payload[""]')
const placeholder = fc
  .tuple(
    path,
    fc.constantFrom('', ' ?? type', ' ?? "\\"}}"'),
    fc.constantFrom('', ' | json', ' | mrkdwn', ' | limit 2 | mrkdwn | json'),
  )
  .map(([from, fallback, filter]) => `{{ ${from}${fallback}${filter} }}`)
/** JSON with placeholders, in strings and as values. */
const template = fc.letrec<{ node: string }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    placeholder,
    fc.array(fc.oneof(fc.string({ unit: 'binary' }), placeholder), { maxLength: 4 }).map((parts) => stringOf(parts)),
    fc.array(tie('node'), { maxLength: 3 }).map((nodes) => `[${nodes.join(' , ')}]`),
    fc
      .array(fc.tuple(fc.oneof(fc.string(), placeholder), tie('node')), { maxLength: 3 })
      .map((members) => `{${members.map(([name, node]) => `${stringOf([name])}:\n${node}`).join(',')}}`),
  ),
})).node

/** Placeholders unchanged, everything else encoded as JSON. */
function stringOf(parts: readonly string[]): string {
  const escaped = parts.map((part) =>
    /^\{\{ .* \}\}$/s.test(part) ? part : unescaped(JSON.stringify(part).slice(1, -1).replaceAll('{', '\\u007b')),
  )
  return `"${escaped.join('')}"`
}

/** Keeps lone surrogates unescaped: a template may have them. */
function unescaped(json: string): string {
  return json.replace(/\\(u(d[89a-f]..)|.)/g, (whole, _, unit?: string) =>
    unit ? String.fromCharCode(Number.parseInt(unit, 16)) : whole,
  )
}

test('the result of a template is JSON for any event, on one line if the template is', () => {
  fc.assert(
    fc.property(template, event, (text, given) => {
      const body = compileTemplate(text)(given)
      expect(() => JSON.parse(body)).not.toThrow()
      expect(Buffer.from(body).toString()).toBe(body)
    }),
    { numRuns: 2_000 },
  )
})

test('a value arrives unchanged', () => {
  fc.assert(
    fc.property(event, (given) => {
      const made = JSON.parse(compileTemplate('{"in":"<{{ target.id }}>","as":{{ payload }}}')(given)) as object
      expect(made).toEqual({ in: `<${given.target!.id}>`, as: JSON.parse(JSON.stringify(given.payload)) as unknown })
    }),
    { examples: [[{ ...sample!, payload: '', target: { type: 'flag', id: '' } }]] },
  )
})

test('any other text is a TemplateError with its place, never another error', () => {
  const pieces = fc.constantFrom(
    '{{',
    '}}',
    '"',
    '\\',
    '\\u00',
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    'type',
    ' ?? ',
    ' | json',
    ' | limit ',
    '.',
    '["a"]',
    '1',
    'true',
    '\n',
    'é',
  )
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 20 }), event, (parts, given) => {
      const text = parts.join('')
      try {
        JSON.parse(compileTemplate(text)(given))
      } catch (error) {
        if (!(error instanceof TemplateError)) throw error
        const line = text.split('\n')[error.line - 1]
        expect(line).toBeDefined()
        expect(error.column).toBeLessThanOrEqual(line!.length + 1)
      }
    }),
    { numRuns: 5_000 },
  )
})

test('jsonFault() finds a fault exactly when JSON.parse does', () => {
  const pieces = fc.constantFrom(
    '"',
    '\\',
    '\\u00e9',
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"a"',
    ' ',
    '1',
    '-',
    '.5',
    'e3',
    '0',
    'true',
    'null',
    '\n',
    '\u0001',
    'x',
  )
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join('')),
        fc.json(),
      ),
      (text) => {
        let isJson = true
        try {
          JSON.parse(text)
        } catch {
          isJson = false
        }
        expect(jsonFault(text) === undefined).toBe(isJson)
      },
    ),
    { numRuns: 10_000 },
  )
})
