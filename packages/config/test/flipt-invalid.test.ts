import { expect, test } from 'vitest'
import { load, problemsOf, type Environment } from './folder-with.ts'

/** The text below `audit:`, and the only problem in it. */
type Row = [text: string, problem: string | RegExp, env?: Environment]

const log = 'sinks: { log: { enabled: true, file: a.log } }'
const webhook = (settings: string) => `sinks: { webhook: { enabled: true, ${settings} } }`
const template = (settings: string) => webhook(`templates: [{ ${settings} }]`)
const body = (text: string) => template(`url: "http://a", body: '${text}'`)

test.each<Row>([
  [`${log}\n  event: "*:*"`, "flipt.yml:3:3: audit.event: there is no such key; did you mean 'events'?"],
  [`${log}\n  events: []`, "flipt.yml:3:3: audit.events: give patterns, such as '*:*', or leave it out for all events"],
  [`${log}\n  events: [flag]`, /^flipt\.yml:3:12: audit\.events\[0\]: give a pattern 'noun:verb'/],
  [`${log}\n  events: ["flags:*"]`, "flipt.yml:3:12: audit.events[0]: Flipt has no such noun; did you mean 'flag'?"],
  [`${log}\n  events: ["flag:create"]`, "flipt.yml:3:12: audit.events[0]: Flipt has no such verb; did you mean 'created'?"],
  [
    `${log}\n  events: ["flag:created:junk"]`,
    "flipt.yml:3:12: audit.events[0]: give 'noun:verb'; Flipt ignores the parts after it",
  ],
  [
    `${log}\n  events: ["*:*", "*:*"]`,
    /^flipt\.yml:3:19: audit\.events\[1\]: it selects constraint:created, which an earlier pattern/,
  ],
  [`${log}\n  events: ["*:created", "flag:created"]`, /^flipt\.yml:3:25: audit\.events\[1\]: it selects flag:created/],
  [`${log}\n  events: "flag:* flag:deleted"`, /^flipt\.yml:3:3: audit\.events: it selects flag:deleted/],
  [log, /^FLIPT_AUDIT_EVENTS: audit\.events: Flipt has no such verb/, { FLIPT_AUDIT_EVENTS: 'flag:made' }],
  [log, /^FLIPT_AUDIT_EVENTS: audit\.events: give 'noun:verb'/, { FLIPT_AUDIT_EVENTS: 'flag:created,flag:deleted' }],
  [log, /^FLIPT_AUDIT_SINKS_LOG_FIL: .*did you mean 'FLIPT_AUDIT_SINKS_LOG_FILE'\?$/, { FLIPT_AUDIT_SINKS_LOG_FIL: 'x' }],
  [
    log,
    /^FLIPT_AUDIT_SINKS_KAFKA_ENABLED: audit\.sinks\.kafka\.enabled: there is no Kafka sink/,
    { FLIPT_AUDIT_SINKS_KAFKA_ENABLED: 'true' },
  ],
  [
    'sinks: { kafka: { enabled: true, topic: a, bootstrap_servers: [b] } }',
    /^flipt\.yml:2:21: audit\.sinks\.kafka\.enabled: there is no Kafka sink/,
  ],
  ['sinks: { cloud: { enabled: true } }', /^flipt\.yml:2:21: audit\.sinks\.cloud\.enabled: Flipt's cloud no longer exists/],
  [
    'sinks: { logfile: { enabled: true } }',
    /^flipt\.yml:2:12: audit\.sinks\.logfile: there is no such key; known are log, webhook, kafka, cloud/,
  ],
  ['sinks: { log: { enabld: true } }', "flipt.yml:2:19: audit.sinks.log.enabld: there is no such key; did you mean 'enabled'?"],
  ['sinks: { log: { enabled: on } }', 'flipt.yml:2:19: audit.sinks.log.enabled: give true or false'],
  ['sinks: { log: { enabled: true, encoding: xml } }', "flipt.yml:2:34: audit.sinks.log.encoding: give 'json' or 'console'"],
  ['sinks: { log: { enabled: true } }\nlog: { encoding: logfmt }', "flipt.yml:3:8: log.encoding: give 'json' or 'console'"],
  ['sinks: { log: { enabled: true, file: stderr } }', /^flipt\.yml:2:34: audit\.sinks\.log\.file: the standard error/],
  [
    'sinks: { log: { enabled: true, file: "${NOT_SET}" } }',
    'flipt.yml:2:34: audit.sinks.log.file: the variable NOT_SET is not set',
  ],
  ['sinks: { log: [] }', /^flipt\.yml:2:12: audit\.sinks\.log: give a mapping/],
  ['sinks: true', /^flipt\.yml:2:3: audit\.sinks: give a mapping/],
  ['buffer: { capacity: 1 }', 'flipt.yml:2:13: audit.buffer.capacity: give a whole number from 2 to 10'],
  ['buffer: { capacity: 11 }', 'flipt.yml:2:13: audit.buffer.capacity: give a whole number from 2 to 10'],
  ['buffer: { capacity: many }', 'flipt.yml:2:13: audit.buffer.capacity: give a whole number from 2 to 10'],
  ['buffer: { flush_period: 1m }', 'flipt.yml:2:13: audit.buffer.flush_period: give a duration from 2m to 5m'],
  ['buffer: { flush_period: 5m1s }', 'flipt.yml:2:13: audit.buffer.flush_period: give a duration from 2m to 5m'],
  [
    'buffer: { flush_period: 120 }',
    'flipt.yml:2:13: audit.buffer.flush_period: give a duration from 2m to 5m; a number without a unit is nanoseconds to Flipt',
  ],
  ['buffer: { flush_period: "120000000000" }', 'flipt.yml:2:13: audit.buffer.flush_period: give a duration from 2m to 5m'],
  ['buffer: { flush_period: 3d }', 'flipt.yml:2:13: audit.buffer.flush_period: give a duration from 2m to 5m'],
  [webhook('url: "http://a", max_backoff_duration: 15'), /nanoseconds to Flipt$/],
  ...['012345', '12345678901234567890', '1e5', '0x1F', '+5', '1_000', '0b101', 'true', 'False'].map((secret): Row => [
    webhook(`url: "http://a", signing_secret: ${secret}`),
    /^flipt\.yml:2:55: .*signing_secret: Flipt may read this as another text/,
  ]),
  [template('url: "http://a", body: "{}", headers: { X-Key: 012345 }'), /headers\.x-key: Flipt may read this as another text/],
  ['buffer: { capacity: 010 }', /audit\.buffer\.capacity: Flipt may read this as another text/],
  ['sinks: { log: { enabled: true, file: "file://host/a.log" } }', /audit\.sinks\.log\.file: give a path, or a URL such as/],
  ['sinks: { log: { enabled: true, file: "file:a.log" } }', /audit\.sinks\.log\.file: give a path, or a URL such as/],
  ['sinks: { log: { enabled: true, file: "s3://bucket/a.log" } }', /audit\.sinks\.log\.file: Flipt only writes to files/],
  ['sinks: { log: { enabled: true, file: "a%20b.log" } }', /audit\.sinks\.log\.file: Flipt reads '%'/],
  ['sinks: { log: { enabled: true, file: "\\"a.log\\"" } }', /audit\.sinks\.log\.file: the path is in quotes; remove them/],
  [`${log}\n  Sinks: {}`, 'flipt.yml:3:3: audit.Sinks: the key occurs twice: Flipt ignores upper and lower case'],
  ['buffer: { flush_priod: 2m }', "flipt.yml:2:13: audit.buffer.flush_priod: there is no such key; did you mean 'flush_period'?"],
  [
    log,
    'FLIPT_AUDIT_BUFFER_CAPACITY: audit.buffer.capacity: give a whole number from 2 to 10',
    { FLIPT_AUDIT_BUFFER_CAPACITY: '0' },
  ],
  [webhook(''), "flipt.yml:2:12: audit.sinks.webhook: give either 'url' or 'templates'"],
  [webhook('url: ""'), "flipt.yml:2:12: audit.sinks.webhook: give either 'url' or 'templates'"],
  [webhook('url: "not a url"'), 'flipt.yml:2:38: audit.sinks.webhook.url: give an http or https URL'],
  [
    webhook('url: "http://a", templates: [{ url: "http://a", body: "{}" }]'),
    /^flipt\.yml:2:55: audit\.sinks\.webhook\.templates: give either 'url' or 'templates', not both/,
  ],
  [
    webhook('url: "http://a", max_backoff_duration: fast'),
    /^flipt\.yml:2:55: audit\.sinks\.webhook\.max_backoff_duration: give a duration such as 15s/,
  ],
  [
    webhook('signing_secret: s, templates: [{ url: "http://a", body: "{}" }]'),
    /^flipt\.yml:2:38: audit\.sinks\.webhook\.signing_secret: templates are not signed/,
  ],
  [
    webhook('url: "http://a", signing_secret: "${GONE}"'),
    'flipt.yml:2:55: audit.sinks.webhook.signing_secret: the variable GONE is not set',
  ],
  [webhook('templates: "x"'), 'flipt.yml:2:38: audit.sinks.webhook.templates: give a list'],
  [template('body: "{}"'), 'flipt.yml:2:50: audit.sinks.webhook.templates[0].url: it is missing; give the URL to post to'],
  [template('url: "http://a"'), 'flipt.yml:2:50: audit.sinks.webhook.templates[0].body: it is missing; give the message to send'],
  [
    template('url: "http://a", body: "{}", headers: [a]'),
    'flipt.yml:2:81: audit.sinks.webhook.templates[0].headers: give a mapping of names to texts',
  ],
  [
    template('url: "http://a", body: "{}", method: PUT'),
    /^flipt\.yml:2:81: audit\.sinks\.webhook\.templates\[0\]\.method: Flipt ignores this key and sends POST/,
  ],
  [
    template('url: "http://a", body: "{}", timeout: 1s'),
    /^flipt\.yml:2:81: audit\.sinks\.webhook\.templates\[0\]\.timeout: there is no such key/,
  ],
  [
    body('{"a": {{ if .Payload }}1{{ end }}}'),
    /line 1, column 7 of the text: 'if' is not supported; use \{\{ \.Payload\.key \}\}/,
  ],
])('the Flipt configuration %s is refused', async (text, problem, env) => {
  const problems = await problemsOf(load(`audit:\n  ${text}\n`, env, 'flipt.yml'))
  expect(problems).toEqual([typeof problem === 'string' ? problem : expect.stringMatching(problem)])
})

test.each([
  ['servr: {}', "flipt.yml:3:1: servr: unknown section. This file is read as a Flipt configuration; did you mean 'server'?"],
  ['sinks: {}', /^flipt\.yml:3:1: sinks: unknown section/],
])('the top-level section %s is checked', async (section, problem) => {
  const problems = await problemsOf(load(`audit:\n  ${log}\n${section}\n`, {}, 'flipt.yml'))
  expect(problems).toEqual([typeof problem === 'string' ? problem : expect.stringMatching(problem)])
})
