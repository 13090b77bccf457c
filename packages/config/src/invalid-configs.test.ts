import { describe, expect, test } from 'vitest'
import { load, problemsOf, type Environment } from '../test/folder-with.ts'

/** A file, and the only problem in it. */
type Row = [text: string, problem: string | RegExp, env?: Environment]

async function expectProblem(text: string, problem: string | RegExp, env?: Environment, name?: string): Promise<void> {
  const problems = await problemsOf(load(text, env, name))
  const expected = typeof problem === 'string' ? problem : (expect.stringMatching(problem) as string)
  expect(problems).toEqual([expected])
}

const sink = (settings: string) => `sinks:\n  file: { ${settings} }\n`

describe('values', () => {
  test.each<Row>([
    ['servce: x', "audit.yaml:1:1: servce: there is no such key; did you mean 'service'?"],
    ['zzz: x', /^audit\.yaml:1:1: zzz: there is no such key/],
    ['service: Flags API', /^audit\.yaml:1:1: service: give a name of at most 64 lower-case letters/],
    ['service: [a]', /^audit\.yaml:1:1: service: give a text/],
    ['service:', /^audit\.yaml:1:1: service: give a text/],
    ['failMode: opne', "audit.yaml:1:1: failMode: give 'open' or 'closed'; did you mean 'open'?"],
    ['FailMode: open', "audit.yaml:1:1: FailMode: there is no such key; did you mean 'failMode'?"],
    ['maxWait: 12', /^audit\.yaml:1:1: maxWait: give a duration from 1ms to 10m with its unit, such as 15s/],
    ['maxWait: 11m', /^audit\.yaml:1:1: maxWait: give a duration from 1ms to 10m/],
    ['maxWait: soon', /^audit\.yaml:1:1: maxWait: give a duration/],
    ['maxWaitMs: 12', "audit.yaml:1:1: maxWaitMs: there is no such key; did you mean 'maxWait'?"],
    ['strict: yes', 'audit.yaml:1:1: strict: give true or false'],
    ['queue: 7', 'audit.yaml:1:1: queue: give a mapping of keys to values'],
    ['queue: { maxEvents: 0 }', 'audit.yaml:1:10: queue.maxEvents: give a whole number from 1 to 10000000'],
    ['queue: { maxEvents: 1.5 }', /^audit\.yaml:1:10: queue\.maxEvents: give a whole number/],
    ['queue: { maxEvents: "7" }', /^audit\.yaml:1:10: queue\.maxEvents: give a whole number/],
    ['queue: { maxBytes: 10M }', /^audit\.yaml:1:10: queue\.maxBytes: give a size from 1KiB to 1TiB, such as 100MiB/],
    ['limits:\n  maxDepth: 65', 'audit.yaml:2:3: limits.maxDepth: give a whole number from 1 to 64'],
    ['limits:\n  maxDeph: 6', "audit.yaml:2:3: limits.maxDeph: there is no such key; did you mean 'maxDepth'?"],
    ['redaction: { hash: [email] }', 'audit.yaml:1:1: redaction: give both hash and hashKey, or neither'],
    ['redaction: { hash: [email], hashKey: short }', 'audit.yaml:1:29: redaction.hashKey: give a secret of at least 16 bytes'],
    ['redaction: { keys: [7] }', /^audit\.yaml:1:21: redaction\.keys\[0\]: give/],
    ['journal: { type: memroy }', "audit.yaml:1:12: journal.type: give 'file' or 'memory'; did you mean 'memory'?"],
    ['journal: memory', /^audit\.yaml:1:1: journal: give a mapping/],
    ['journal: { type: memory, directory: x }', /^audit\.yaml:1:26: journal\.directory: there is no such key/],
    ['journal: { maxBytes: 1kB }', /^audit\.yaml:1:12: journal\.maxBytes: give a size from 1MiB/],
    ['journal: { maxBytes: 2MiB, segmentBytes: 2MiB }', /^audit\.yaml:1:28: journal\.segmentBytes: it is above half of maxBytes/],
    ['journal: { retention: 30 }', /^audit\.yaml:1:12: journal\.retention: give a duration/],
    ['sinks: [file]', 'audit.yaml:1:1: sinks: give a mapping of keys to values'],
    ['sinks:\n  file: audit.log', 'audit.yaml:2:3: sinks.file: give a mapping of keys to values'],
    [
      'sinks:\n  trail: { path: x }',
      "audit.yaml:2:3: sinks.trail.type: it is missing; give its type: 'file', 'webhook', 'console' or 'sqlite'",
    ],
    ['sinks:\n  t: { type: fil, path: x }', /^audit\.yaml:2:8: sinks\.t\.type: give its type: .*; did you mean 'file'\?$/],
    ['sinks:\n  file: { type: webhook, path: x }', /^audit\.yaml:2:11: sinks\.file\.type: give 'file'/],
    ['sinks:\n  "": { type: file, path: a }', /^audit\.yaml:2:3: sinks\.: give the sink a name/],
    [sink('path: a, stdout: true'), 'audit.yaml:2:3: sinks.file: give either path or stdout: true'],
    [sink(''), 'audit.yaml:2:3: sinks.file: give either path or stdout: true'],
    [sink('path: ""'), /^audit\.yaml:2:11: sinks\.file\.path: give a path of 1 to 4096/],
    [sink('pth: a'), "audit.yaml:2:11: sinks.file.pth: there is no such key; did you mean 'path'?"],
    [sink('pth: a, path: a'), "audit.yaml:2:11: sinks.file.pth: there is no such key; did you mean 'path'?"],
    [sink('path: a, format: jsno'), /^audit\.yaml:2:20: sinks\.file\.format: give 'native', 'flipt' or 'flipt-console'$/],
    [sink('path: a, mode: 0640'), "audit.yaml:2:20: sinks.file.mode: give permissions in quotes, such as '0640'"],
    [sink('path: a, mode: "0440"'), 'audit.yaml:2:20: sinks.file.mode: the owner must be able to read and write'],
    [sink('path: a, rotate: { every: week }'), /^audit\.yaml:2:30: sinks\.file\.rotate\.every: give 'hour', 'day' or a duration/],
    [sink('path: a, rotate: { keepFiles: 3 }'), /^audit\.yaml:2:20: sinks\.file\.rotate: give 'maxBytes'/],
    [sink('stdout: true, fsync: batch'), /^audit\.yaml:2:25: sinks\.file\.fsync: this option is for a file/],
    [sink('path: a, events: flag'), /^audit\.yaml:2:20: sinks\.file\.events: give a pattern 'noun:verb'/],
    [sink('path: a, events: [flag:*, "a:b:c"]'), /^audit\.yaml:2:37: sinks\.file\.events\[1\]: give a pattern/],
    [sink('path: a, events: []'), /^audit\.yaml:2:20: sinks\.file\.events: the list is empty; leave it out/],
    [
      sink('path: a, statuses: [succes]'),
      /^audit\.yaml:2:31: sinks\.file\.statuses\[0\]: give 'attempted'.*did you mean 'success'\?$/,
    ],
    [
      sink('path: a, batch: { maxEvents: 10001 }'),
      /^audit\.yaml:2:29: sinks\.file\.batch\.maxEvents: give a whole number from 1 to 10000/,
    ],
    [sink('path: a, batch: { maxAgeMs: 1 }'), /sinks\.file\.batch\.maxAgeMs: there is no such key; did you mean 'maxAge'\?$/],
    [sink('path: a, retry: { minDelay: 2m, maxDelay: 1m }'), /^audit\.yaml:2:20: sinks\.file\.retry: minDelay is above maxDelay/],
    [sink('path: a, from: newest'), /^audit\.yaml:2:20: sinks\.file\.from: give 'now' or 'oldest'/],
    [sink('path: a, onLag: hlod'), /^audit\.yaml:2:20: sinks\.file\.onLag: give 'skip' or 'hold'; did you mean 'hold'\?$/],
    [sink('path: a, enabled: false, pth: b'), /^audit\.yaml:2:36: sinks\.file\.pth: there is no such key/],
    [sink('path: a, enabled: flase'), /^audit\.yaml:2:20: sinks\.file\.enabled: give true or false/],
    ['sinks:\n  webhook: {}', /^audit\.yaml:2:3: sinks\.webhook\.url: it is missing; give a text/],
    ['sinks:\n  webhook: { url: ftp://x }', 'audit.yaml:2:14: sinks.webhook.url: give an http or https URL'],
    ['sinks:\n  webhook: { url: "http://x", headers: { a: 7 } }', 'audit.yaml:2:42: sinks.webhook.headers.a: give a text'],
    [
      'sinks:\n  webhook: { url: "http://x", timeout: 11m }',
      /^audit\.yaml:2:31: sinks\.webhook\.timeout: give a duration from 1ms to 10m/,
    ],
  ])('the configuration %s is refused', (text, problem, env) => expectProblem(text, problem, env))
})

const webhook = (settings: string) => `sinks:\n  webhook: { url: "https://a.example", ${settings} }\n`

describe('problems that the sinks themselves report', () => {
  test.each<Row>([
    [webhook('secret: whsec_short'), /^audit\.yaml:2:40: sinks\.webhook\.secret: /],
    [webhook('encoding: event, format: flipt'), /^audit\.yaml:2:40: sinks\.webhook\.encoding: /],
    [
      webhook('secret: [a, b], format: flipt'),
      /^audit\.yaml:2:40: sinks\.webhook\.secret: .*holds one signature; give one secret$/,
    ],
    [
      webhook('headers: { "a b": x }'),
      /^audit\.yaml:2:40: sinks\.webhook\.headers: |^audit\.yaml:2:52: sinks\.webhook\.headers\.a b: /,
    ],
    [
      webhook('tls: { ca: nowhere.pem }'),
      /^audit\.yaml:2:47: sinks\.webhook\.tls\.ca: it is neither PEM text nor a file that can be read \(ENOENT\)$/,
    ],
    [webhook('tls: { cert: "-----BEGIN CERTIFICATE-----" }'), /^audit\.yaml:2:40: sinks\.webhook\.tls: /],
    [
      'sinks:\n  webhook: { url: "http://es:9200/_bulk" }',
      /^audit\.yaml:2:3: sinks\.webhook: an endpoint \/_bulk answers 200 .* A file cannot have a function, so make this sink in code$/,
    ],
    ['sinks:\n  webhook: { url: "https://u:p@a.example" }', /^audit\.yaml:2:14: sinks\.webhook\.url: /],
    ['sinks:\n  webhook: { url: "http://a.example", tls: { serverName: b } }', /^audit\.yaml:2:39: sinks\.webhook\.tls: /],
    [sink('path: "{x}.log"'), /^audit\.yaml:2:11: sinks\.file\.path: only {source} may be in braces/],
  ])('the sink refuses the configuration %s', (text, problem, env) => expectProblem(text, problem, env))
})

describe('variables in values', () => {
  test.each<Row>([
    ['service: ${NAME}', 'audit.yaml:1:1: service: the variable NAME is not set'],
    ['service: ${NAME}', 'audit.yaml:1:1: service: the variable NAME is not set', { NAME: '' }],
    ['service: a-${NAME}', /^audit\.yaml:1:1: service: a variable must be the whole value/, { NAME: 'b' }],
    ['service: ${NAME}', /^audit\.yaml:1:1: service: give a name/, { NAME: 'B C' }],
    ['queue: { maxEvents: "${MOST}" }', /^audit\.yaml:1:10: queue\.maxEvents: give a whole number/, { MOST: 'many' }],
    [
      'sinks: { file: { path: "${A}", enabled: "${ON}" } }',
      'audit.yaml:1:18: sinks.file.path: the variable A is not set',
      { ON: 'true' },
    ],
  ])('the variable in %s is refused: %s', (text, problem, env) => expectProblem(text, problem, env))
})

describe('text that is not YAML, or too much of it', () => {
  const bomb = ['a: &a [x, x, x, x, x, x, x, x, x, x]']
  for (const [from, to] of ['ab', 'bc', 'cd', 'de', 'ef']) {
    bomb.push(`${to}: &${to} [${Array.from({ length: 10 }, () => `*${from}`).join(', ')}]`)
  }
  test.each<Row>([
    ['service: "a', 'audit.yaml:1:12: a quote, a bracket or a comma is missing'],
    ['service: a\nservice: b', 'audit.yaml:2:1: the key occurs twice'],
    ['sinks:\n\tfile: {}', 'audit.yaml:2:1: a tab cannot indent; use spaces'],
    ['service: *name', 'audit.yaml:1:1: service: the alias has no anchor above it'],
    ['service: !secret x', 'audit.yaml:1:10: there is no such tag'],
    ['service: a\n---\nservice: b', 'audit.yaml:2:1: a second document begins; give only one'],
    ['- service', /^audit\.yaml: give a mapping/],
    ['just text', /^audit\.yaml: give a mapping/],
    ['? [a, b]\n: c', /^audit\.yaml:1:3: give keys that are words/],
    ['queue: { __proto__: { maxEvents: 1 } }', /^audit\.yaml:1:10: queue: give keys that are words/],
    ['queue: { <<: 1 }', /^audit\.yaml:1:1: queue: give '<<' a mapping, or a list of mappings/],
  ])('the YAML text %s is refused', (text, problem, env) => expectProblem(text, problem, env))

  test('nested aliases that expand to too many values are refused', async () => {
    expect(await problemsOf(load(bomb.join('\n')))).toEqual([expect.stringMatching(/it is too large: at most 10000 values/)])
  })

  test('an alias of a node that contains it is refused', async () => {
    expect(await problemsOf(load('queue: &all { maxEvents: *all }'))).toEqual([expect.stringMatching(/32 levels/)])
  })

  test.each<Row>([
    ['{ "service": "a", }', /^audit\.json:1:19: this is not JSON/],
    ['service: a', /^audit\.json: this is not JSON/],
    ['{ "service": "a" // name\n}', /^audit\.json:/],
    ['{ "servce": "a" }', /^audit\.json:1:3: servce: there is no such key/],
  ])('the JSON text %s is refused', (text, problem) => expectProblem(text, problem, {}, 'audit.json'))
})

test('one error lists all problems in the order of the lines', async () => {
  const text = `servce: a\nqueue:\n  maxEvents: 0\n${sink('pth: a')}\nmaxWait: 1\n`
  const problems = await problemsOf(load(text, { AUDIT_SINKS_FILE_FROM: 'then' }))
  const places = problems.map((problem) => problem.split(': ', 2).join(' '))
  expect(places).toEqual([
    'AUDIT_SINKS_FILE_FROM sinks.file.from',
    'audit.yaml:1:1 servce',
    'audit.yaml:3:3 queue.maxEvents',
    'audit.yaml:5:11 sinks.file.pth',
    'audit.yaml:7:1 maxWait',
  ])
})
