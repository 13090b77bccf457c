import { sampleBatch } from '@audit/core/testing'
import { expect, test } from 'vitest'
import { compileTemplate } from './compile-template.ts'

// The example of the README, held against what Slack documents: an incoming webhook takes an object with `text`, at most 50
// `blocks`, or both (docs.slack.dev, "Sending messages using incoming webhooks"); a section holds a text object, a context at
// most 10 of them; a text object has 1 to 3,000 characters ("Text object").

const message = `{
  "text": "{{ target.type }} {{ target.id | mrkdwn }} was {{ action }}",
  "blocks": [
    { "type": "section", "text": { "type": "mrkdwn", "verbatim": true, "text": "*{{ target.type }} {{ target.id | mrkdwn }}* was {{ action }}" } },
    { "type": "context", "elements": [
      { "type": "mrkdwn", "verbatim": true, "text": "by {{ metadata.actor.name ?? metadata.actor.id ?? metadata.actor.authentication | mrkdwn }}, {{ timestamp }}" }
    ] }
  ]
}`

interface TextObject {
  readonly type: string
  readonly text: string
}

interface Block {
  readonly type: string
  readonly text?: TextObject
  readonly elements?: readonly TextObject[]
}

test.each([
  ['an ordinary event', 'checkout'],
  ['one whose id calls the channel', '<!channel> *now* <https://evil.example|here>'],
  ['the longest id there is', '\u{1f600}"'.repeat(85)],
])('%s makes a message as Slack takes it', (_, id) => {
  const [event] = sampleBatch(1, () => ({ target: { type: 'flag', id } })).events
  const made = JSON.parse(compileTemplate(message)(event!)) as { readonly text: string; readonly blocks: readonly Block[] }
  expect(Object.keys(made)).toEqual(['text', 'blocks'])
  expect(made.blocks.length).toBeLessThanOrEqual(50)
  expect(made.blocks.map(({ type }) => type)).toEqual(['section', 'context'])
  const texts = made.blocks.flatMap(({ text, elements = [] }) => (text ? [text] : elements))
  expect(texts).toHaveLength(2)
  for (const { type, text } of texts) {
    expect(type).toBe('mrkdwn')
    expect(text.length).toBeGreaterThanOrEqual(1)
    expect(text.length).toBeLessThanOrEqual(3_000)
    // Nothing of the event is markup: these begin mentions and links.
    expect(text).not.toMatch(/[<>]/)
  }
})
