import type { AuditEvent } from '@audit/core/sink'
import { sampleEvent } from '@audit/core/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compileFliptMessage } from './flipt-message.ts'
import { GoTemplateError } from './go-template.ts'

const event = sampleEvent({ timestamp: '2026-11-22T09:00:00.123Z', payload: { key: 'a "key"', rank: 3 } })
const messageOf = (text: string, of: AuditEvent = event) => compileFliptMessage(text).body!(of)

test('values are inserted as texts inside of quotes, and as JSON outside', () => {
  expect(messageOf('{"text": "{{ .Type }} {{ .Payload.key }} {{- .Payload.none }}", "rank": {{ .Payload.rank }}}')).toEqual({
    text: 'flag a "key"',
    rank: 3,
  })
  expect(messageOf('{"at": {{ .Timestamp }}, "v": {{ .Version }}, "all": {{ toJson .Payload }}}')).toEqual({
    at: '2026-11-22T09:00:00Z',
    v: 0.2,
    all: { key: 'a "key"', rank: 3 },
  })
})

test('a message that shows the status gets denied attempts too, any other only successes', () => {
  expect(compileFliptMessage('{"text": "{{ .Type }}"}').statuses).toEqual(['success'])
  expect(compileFliptMessage('{"text": "{{ .Status }}"}').statuses).toEqual(['success', 'denied'])
  expect(compileFliptMessage('{"event": {{ toJson . }}}').statuses).toEqual(['success', 'denied'])
})

test('a message that is the whole event has no body of its own', () => {
  expect(compileFliptMessage(' {{ toJson . }} ')).toEqual({ statuses: ['success', 'denied'] })
})

test('any value of an event gives JSON, and is in it unchanged', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (key) => {
      const of = sampleEvent({ payload: { key } })
      expect(messageOf('{"in": "<{{ .Payload.key }}>", "json": {{ toJson .Payload.key }}}', of)).toEqual({
        in: `<${key}>`,
        json: key,
      })
    }),
  )
})

test.each([
  ['{"a": "{{ .Payload }}"}', 'column 8 of the text: .Payload is not a text; write {{ toJson .Payload }}'],
  ['{"a": {{ toJson .Payload | toJson }}}', 'column 7 of the text: toJson is used twice'],
  [
    '{"a": {{ .Payload.key | printf }}}',
    'column 7 of the text: this is not supported; use {{ .Payload.key }}, {{ toJson .Payload }}, {{ .Payload | toJson }} and comments',
  ],
  [
    '{"a": "{{ .Metadata.Actor.Emial }}"}',
    "column 8 of the text: Flipt's event has no .Metadata.Actor.Emial; did you mean 'Email'?",
  ],
  ['{"a": "{{ .type }}"}', "column 8 of the text: Flipt's event has no .type; did you mean 'Type'?"],
  ['{"a": "{{ .Type.Name }}"}', 'column 8 of the text: .Type has no members'],
  ['{"a": "{{ . }}"}', 'column 8 of the text: . is not a text; write {{ toJson . }}'],
  ['{"a": "{{ .Type"}', "column 8 of the text: '{{' is never closed"],
  ['{"a": {{ .Type }} ', 'column 19 of the text: the message stops being JSON here; Flipt would send none of its events'],
  ['{"a" {{ .Type }}}', 'column 6 of the text: the message stops being JSON here; Flipt would send none of its events'],
  ['{{ .Type }}: 1', 'column 12 of the text: the message stops being JSON here; Flipt would send none of its events'],
])('the template body %s is refused', (text, problem) => {
  expect(() => compileFliptMessage(text)).toThrow(GoTemplateError)
  expect(() => compileFliptMessage(text)).toThrow(`line 1, ${problem}`)
})
