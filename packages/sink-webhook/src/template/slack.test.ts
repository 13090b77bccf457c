import { sampleBatch } from '@audit/core/testing'
import { expect, test } from 'vitest'
import { compileTemplate } from './compile-template.ts'

// The example of the README, checked against Slack's documentation (docs.slack.dev). An incoming webhook accepts an object with
// `text`, `blocks` (at most 50), or both: then `text` is for notifications ("Sending messages using incoming webhooks"). A section
// has a text object, a context at most 10 of them ("Section block", "Context block"). A text object has 1 to 3,000 characters, and
// with `verbatim` nothing in it becomes a link or a mention by itself ("Text object"). For a longer text Slack answers 400
// `invalid_blocks` and shows none of the message: hence `limit`, without which a long name would suppress the message.
const MAX_TEXT = 3_000
const MAX_BLOCKS = 50
const MAX_ELEMENTS = 10

const message = `{
  "text": "{{ target.type }} {{ target.id | limit 80 | mrkdwn }} was {{ action }}",
  "blocks": [
    { "type": "section", "text": { "type": "mrkdwn", "verbatim": true,
      "text": "*{{ target.type }} {{ target.id | limit 80 | mrkdwn }}* was {{ action }}" } },
    { "type": "context", "elements": [ { "type": "mrkdwn", "verbatim": true,
      "text": "by {{ metadata.actor.name ?? metadata.actor.id ?? "unknown" | limit 80 | mrkdwn }}, {{ timestamp }}" } ] }
  ]
}`

interface TextObject {
  readonly type: string
  readonly verbatim: boolean
  readonly text: string
}

interface Block {
  readonly type: string
  readonly text?: TextObject
  readonly elements?: readonly TextObject[]
}

const calls = '<!channel> *now* <https://evil.example|here> <@U024BE7LH>'
test.each([
  ['an ordinary event', 'checkout', 'Ada'],
  ['an event whose id and actor mention the channel', calls, calls],
  ['an event with empty values', '', ''],
  ['an event with the longest possible names', '\u{1f600}"'.repeat(85), '&'.repeat(1_024)],
])('%s makes a message that Slack accepts', (_, id, name) => {
  const [event] = sampleBatch(1, () => ({
    target: { type: 'flag', id },
    metadata: { actor: { authentication: 'oidc', name } },
  })).events
  const made = JSON.parse(compileTemplate(message)(event!)) as { readonly text: string; readonly blocks: readonly Block[] }
  expect(Object.keys(made)).toEqual(['text', 'blocks'])
  expect(made.text).not.toMatch(/[<>]/)
  expect(made.blocks.length).toBeLessThanOrEqual(MAX_BLOCKS)
  expect(made.blocks.map(({ type }) => type)).toEqual(['section', 'context'])
  for (const { elements = [] } of made.blocks) expect(elements.length).toBeLessThanOrEqual(MAX_ELEMENTS)
  const texts = made.blocks.flatMap(({ text, elements = [] }) => (text ? [text] : elements))
  expect(texts).toHaveLength(2)
  for (const { type, verbatim, text } of texts) {
    expect(type).toBe('mrkdwn')
    expect(verbatim).toBe(true)
    expect(text.length).toBeGreaterThanOrEqual(1)
    expect(text.length).toBeLessThanOrEqual(MAX_TEXT)
    // No part of the event is markup: these characters begin mentions and links.
    expect(text).not.toMatch(/[<>]/)
  }
})
