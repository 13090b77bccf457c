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
    ['with quotes, line ends and backslashes, too', '["{{ metadata.actor.name }}|{{ target.id }}"]', ['Ada "A" L.|a\\b\n']],
    ['elsewhere stands for itself', '[{{ payload.enabled }},{{payload.rank}}, {{payload.tags}}]', [true, 3, ['a', { b: null }]]],
    ['that is no text is its JSON in a string', '"{{ payload.tags }} {{ payload.rank }}"', '["a",{"b":null}] 3'],
    ['that is not there is nothing in a string, null elsewhere', '["{{ reason }}", {{ reason }}]', ['', null]],
    ['is found in lists and under odd names', '["{{ payload.tags.0 }}", {{ payload.odd-key }}]', ['a', 1]],
    [
      'is an own member, never an inherited one',
      '[{{ payload.constructor }}, {{ payload.__proto__ }}, {{ payload.tags.length }}]',
      [null, null, 2],
    ],
    ['can be a name', '{"{{ type }}":1}', { flag: 1 }],
    ['can be another one', '"{{ metadata.actor.email ?? metadata.actor.name ?? "nobody" }}"', 'Ada "A" L.'],
    ['can be a text of the template', '"{{ reason ?? "no \\"reason\\" }}" }}"', 'no "reason" }}'],
    ['can be written as JSON in a string', '"{{ payload.key | json }}"', '"flipt"'],
    ['stands between braces of JSON', '{"a":{"b":{{ payload.rank }}}}', { a: { b: 3 } }],
  ])('%s', (_, text, expected) => expect(made(text)).toEqual(expected))

  test('can be the whole event', () => expect(made('{{ . }}')).toEqual(event))

  test('is harmless in a message of Slack, with mrkdwn', () => {
    const hostile = { ...event!, target: { type: 'flag', id: '<!channel> & <https://evil.example|click>' } }
    const text = compileTemplate('{"text":"{{ target.id | mrkdwn }}"}')(hostile)
    expect(JSON.parse(text)).toEqual({ text: '&lt;!channel&gt; &amp; &lt;https://evil.example|click&gt;' })
  })

  test('is cut before it is escaped, or after, and never in the middle of a character', () => {
    const long = { ...event!, target: { type: 'flag', id: '&&\u{1f600}&' } }
    const text = '["{{ target.id | limit 4 | mrkdwn }}","{{ target.id | mrkdwn | limit 4 }}"]'
    expect(JSON.parse(compileTemplate(text)(long))).toEqual(['&amp;&amp;…', '&am…'])
  })

  test('has no character left that redraws a terminal or ends a line', () => {
    const hostile = { ...event!, target: { type: 'flag', id: '\u2028\u202e\u009b31m' } }
    expect(compileTemplate('"{{ target.id }}"')(hostile)).toBe('"\\u2028\\u202e\\u009b31m"')
  })
})

test('what has no UTF-8 is sent as an escape, in the text as in a value', () => {
  const body = compileTemplate('"\ud83d{{ target.id }}\udc00\u{1f600}"')({ ...event!, target: { type: 'flag', id: '\udfff' } })
  expect(body).toBe('"\\ud83d\\udfff\\udc00\u{1f600}"')
})

test('a message that grows without end is refused for good, and its error quotes nothing', () => {
  const render = compileTemplate(`"${'{{ payload | json }}'.repeat(200)}"`)
  expect(() => render({ ...event!, payload: 'planted'.repeat(8_000) })).toThrow(
    expect.objectContaining({ code: 'AUDIT_SINK_FAILED', retryable: false, message: expect.not.stringContaining('planted') }),
  )
  expect(render({ ...event!, payload: 'short' })).toContain('short')
})

describe('a template that cannot work says where and why', () => {
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
    ['"{{ type | json | json }}"', 1, 19, /'json' stands here twice/],
    ['"{{ type | limit }}"', 1, 18, /'limit' needs a number of characters, from 1/],
    ['"{{ type | limit 0 }}"', 1, 18, /'limit' needs a number/],
    ['"{{ type ?? 5 }}"', 1, 13, /a member is expected/],
    ['"{{ payload["\\x"] }}"', 1, 5, /not as JSON writes one/],
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
  ])('%j', (text, line, column, said) => expectFault(text, line, column, said))

  test('as does one that is too large', () => {
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
