import { sampleBatch } from '@audit/core/testing'
import { describe, expect, test } from 'vitest'
import { compileTemplate } from './compile-template.ts'
import { TemplateError } from './template-error.ts'

const [event] = sampleBatch(1, () => ({
  type: 'flag',
  action: 'deleted',
  metadata: { actor: { authentication: 'oidc', name: 'Ada "A" L.', email: '' } },
  payload: { key: 'flipt', enabled: true, rank: 3, tags: ['a', { b: null }], 'odd-key': 1, 'größe, "m"]': { x: 2 }, empty: '' },
  target: { type: 'flag', id: 'a\\b\n' },
})).events
const made = (text: string) => JSON.parse(compileTemplate(text)(event!)) as unknown

describe('a value', () => {
  test.each([
    ['in a string becomes part of it', '{"text":"{{ type }} {{ payload.key }}!"}', { text: 'flag flipt!' }],
    [
      'with quotes, line ends and backslashes is escaped in a string',
      '["{{ metadata.actor.name }}|{{ target.id }}"]',
      ['Ada "A" L.|a\\b\n'],
    ],
    [
      'outside of a string is a value of its own',
      '[{{ payload.enabled }},{{payload.rank}}, {{payload.tags}}]',
      [true, 3, ['a', { b: null }]],
    ],
    ['that is not a text is JSON in a string', '"{{ payload.tags }} {{ payload.rank }}"', '["a",{"b":null}] 3'],
    ['that is missing is empty in a string, and null elsewhere', '["{{ reason }}", {{ reason }}]', ['', null]],
    ['is found in lists and under odd names', '["{{ payload.tags.0 }}", {{ payload.odd-key }}]', ['a', 1]],
    [
      'is an own member, never an inherited one',
      '[{{ payload.constructor }}, {{ payload.__proto__ }}, {{ payload.tags.length }}]',
      [null, null, 2],
    ],
    ['can be a member name', '{"{{ type }}":1}', { flag: 1 }],
    ['can fall back to another', '"{{ metadata.actor.email ?? metadata.actor.name ?? "unknown" }}"', 'Ada "A" L.'],
    ['can fall back to a text of the template', '"{{ reason ?? "no \\"reason\\" }}" }}"', 'no "reason" }}'],
    ['can be written as JSON in a string', '"{{ payload.key | json }}"', '"flipt"'],
    ['can be next to braces of JSON', '{"a":{"b":{{ payload.rank }}}}', { a: { b: 3 } }],
  ])('a value %s', (_, text, expected) => expect(made(text)).toEqual(expected))

  test('a value can be the whole event', () => expect(made('{{ . }}')).toEqual(event))

  test('a value with mrkdwn is harmless in a Slack message', () => {
    const hostile = { ...event!, target: { type: 'flag', id: '<!channel> & <https://evil.example|click>' } }
    const text = compileTemplate('{"text":"{{ target.id | mrkdwn }}"}')(hostile)
    expect(JSON.parse(text)).toEqual({ text: '&lt;!channel&gt; &amp; &lt;https://evil.example|click&gt;' })
  })

  test('a value is cut before or after it is escaped, and never within a character', () => {
    const long = { ...event!, target: { type: 'flag', id: '&&\u{1f600}&' } }
    const text = '["{{ target.id | limit 4 | mrkdwn }}","{{ target.id | mrkdwn | limit 4 }}"]'
    expect(JSON.parse(compileTemplate(text)(long))).toEqual(['&amp;&amp;…', '&am…'])
  })

  test('characters of a value that redraw a terminal or end a line are escaped', () => {
    const hostile = { ...event!, target: { type: 'flag', id: '\u2028\u202e\u009b31m' } }
    expect(compileTemplate('"{{ target.id }}"')(hostile)).toBe('"\\u2028\\u202e\\u009b31m"')
  })
})

test('lone surrogates are sent as escapes, in the text and in values', () => {
  const body = compileTemplate('"\ud83d{{ target.id }}\udc00\u{1f600}"')({ ...event!, target: { type: 'flag', id: '\udfff' } })
  expect(body).toBe('"\\ud83d\\udfff\\udc00\u{1f600}"')
})

test('a message that is too long is refused for good, and its error quotes nothing', () => {
  const render = compileTemplate(`"${'{{ payload | json }}'.repeat(200)}"`)
  expect(() => render({ ...event!, payload: 'planted'.repeat(8_000) })).toThrow(
    expect.objectContaining({ code: 'AUDIT_SINK_FAILED', retryable: false, message: expect.not.stringContaining('planted') }),
  )
  expect(render({ ...event!, payload: 'short' })).toContain('short')
})

describe('an invalid template', () => {
  test.each([
    ['', 1, 1, /a value is expected, and the text ends/],
    ['{"a": {{ type }', 1, 7, /'\{\{' without '\}\}'/],
    ['{"a": {{ }} }', 1, 10, /there is nothing between the braces/],
    ['{"a": {{ typ }} }', 1, 10, /no member 'typ'; did you mean 'type'\?/],
    ['{"a": {{ actor.name }} }', 1, 10, /no member 'actor'; did you mean 'metadata.actor'\?/],
    ['{\n  "a": {{ target.key }}\n}', 2, 11, /a target has no member 'key'; it has type, id, name/],
    ['{"a": {{ type "}}"', 1, 7, /'\{\{' without '\}\}'; one in double quotes/],
    ['"{{ type | upper }}"', 1, 12, /no such filter; there are mrkdwn, limit, json/],
    ['"{{ type | mrkdown }}"', 1, 12, /no such filter; did you mean 'mrkdwn'\?/],
    ['"{{ type | json | json }}"', 1, 19, /'json' is used twice/],
    ['"{{ type | limit }}"', 1, 18, /'limit' needs a number of characters, from 1/],
    ['"{{ type | limit 0 }}"', 1, 18, /'limit' needs a number/],
    ['"{{ type ?? 5 }}"', 1, 13, /a member is expected/],
    ['"{{ payload["\\x"] }}"', 1, 5, /not a JSON string/],
    ['"{{ type ?? }}"', 1, 13, /a member is expected/],
    ['"{{ type | }}"', 1, 12, /a filter is expected/],
    ['"{{ type action }}"', 1, 10, /'\?\?', '\|' or the end is expected/],
    ['"{{ type | json ?? action }}"', 1, 17, /'\|' or the end/],
    ['"{{ if type }}"', 1, 5, /no member 'if'/],
    ['"{{ #each }}"', 1, 5, /cannot be read/],
    ['"{{ payload[0] }}"', 1, 12, /cannot be read/],
    ['{"text": "{{ type }}" "more": 1}', 1, 23, /',' or '\}' is expected/],
    ['{"text": "{{ type }}",}', 1, 23, /a name in double quotes is expected/],
    ['{ {{ type }}: 1 }', 1, 3, /a name in double quotes is expected/],
    ['[1{{ type }}]', 1, 3, /',' or '\]' is expected/],
    ['[{{ type }}{{ action }}]', 1, 12, /',' or '\]' is expected/],
    ['[tr{{ type }}]', 1, 2, /a value is expected/],
    ['["\\{{ type }}"]', 1, 3, /an escape is cut/],
    ['["\\u12{{ type }}"]', 1, 6, /an escape is cut/],
    ['{"a":1} {{ type }}', 1, 9, /the end is expected/],
    ['{"a":"{{ type }}', 1, 6, /never ends/],
    ['"a\n{{ type }}"', 1, 3, /a line end or control character/],
    ['{"a":\n"b\\c{{ type }}"}', 2, 3, /no such escape/],
  ])('the template %j is refused with its place and the reason', (text, line, column, said) =>
    expectFault(text, line, column, said),
  )

  test('a template that is too large is refused with its place', () => {
    expectFault('['.repeat(200), 1, 102, /nested deeper/)
    expectFault(`"${'{{ type }}'.repeat(201)}"`, 1, 2_002, /more than 200 placeholders/)
    expectFault(`"${'x'.repeat(70_000)}"`, 1, 65_537, /at most 65536 characters/)
  })
})

function expectFault(text: string, line: number, column: number, said: RegExp): void {
  let error: unknown
  try {
    compileTemplate(text)
  } catch (thrown) {
    error = thrown
  }
  expect(error).toBeInstanceOf(TemplateError)
  expect(error).toMatchObject({ line, column, message: expect.stringMatching(said) })
}
