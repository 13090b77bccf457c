import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { honestJournal, keepingSink, keys, temporaryDirectory } from '../../test/honest-journal.ts'
import { runAudit } from '../../test/run-audit.ts'
import type { TrailReport } from './report.ts'
import { verifyTrail } from './verify-trail.ts'

const trusted = ['--key', keys.verifierKey]

/** A file with these bytes. */
function file(name: string, bytes: string | Uint8Array): string {
  const path = join(temporaryDirectory(), name)
  writeFileSync(path, bytes)
  return path
}

test('a journal and a copy of one of its logs are refused, with advice', async () => {
  const sink = keepingSink()
  const { root, log, source } = await honestJournal({ sinks: [sink] })
  const copy = file('audit.log', sink.lines.map((line) => `${line}\n`).join(''))
  for (const paths of [
    [root, copy],
    [copy, log],
  ]) {
    const { code, out, error } = await runAudit(['verify', ...paths, ...trusted])
    expect([code, out]).toEqual([2, ''])
    expect(error).toContain(
      `'${copy}' and a given journal both have events of '${source}'. Verify the journal and the copy separately.`,
    )
  }
  expect((await runAudit(['help', 'verify'])).out).toMatch(/Verify a journal and its copy separately/)
  for (const path of [root, copy]) expect((await runAudit(['verify', path, ...trusted])).code).toBe(0)
})

test('a journal and a copy of other logs are verified together', async () => {
  const sink = keepingSink()
  const copied = await honestJournal({ sinks: [sink] })
  const { root, source } = await honestJournal()
  const copy = file('audit.log', sink.lines.map((line) => `${line}\n`).join(''))
  const { code, out } = await runAudit(['verify', root, copy, ...trusted])
  expect([code, out]).toEqual([0, expect.stringContaining('112 events in 2 logs: 111 proven, 1 not sealed yet')])
  for (const name of [source, copied.source]) expect(out).toContain(name)
})

test.each([
  ['has no bytes', 'audit.log', ''],
  ['is only a byte order mark', 'audit.log', '\ufeff'],
  ['is packed and has no bytes', 'audit.log.gz', gzipSync('')],
])('a copy that %s has no events, and nothing of it is proven', async (_, name, bytes) => {
  const path = file(name, bytes)
  for (const more of [[], trusted, [...trusted, '--strict']]) {
    const { code, out } = await runAudit(['verify', path, ...more])
    expect([code, out]).toEqual([0, 'No events: there is nothing to prove.\n0 events\n'])
  }
})

test('an empty copy does not hide what an anchor knows', async () => {
  const { anchor } = await honestJournal()
  const { code, out } = await runAudit(['verify', file('audit.log', ''), ...trusted, '--anchor', anchor, '--strict'])
  expect(code).toBe(4)
  expect(out).toMatch(/\n0 events\n$/)
})

test('a journal without events has nothing that could be proven', async () => {
  const { root, source } = await honestJournal({ runs: [0], seal: false })
  writeFileSync(join(root, `flags-api-${source.slice(-8)}`, 'log', '00000000000000000000.1-0.ndjson'), '')
  const { code, out } = await runAudit(['verify', root, ...trusted])
  expect([code, out.split('\n').slice(-3)]).toEqual([0, ['No events: there is nothing to prove.', '0 events', '']])
})

test('files that begin in the middle of logs are read in the order in which they were written, whatever the clocks said', async () => {
  const [one, other] = [keepingSink(), keepingSink()]
  await honestJournal({ sinks: [one] })
  await honestJournal({ sinks: [other] })
  // The clock of one process was ahead by a year when it began, and was set back.
  const ahead = one.lines.map((line, index) => (index < 20 ? line.replace(/"timestamp":"\d{4}/, '"timestamp":"2999') : line))
  const parts = [
    [...ahead.slice(0, 10), ...other.lines.slice(0, 10)],
    [...other.lines.slice(10, 20), ...ahead.slice(10, 30)],
    [...ahead.slice(30), ...other.lines.slice(20)],
  ]
  const paths = parts.map((lines, index) => file(`${index}.log`, lines.map((line) => `${line}\n`).join('')))
  for (const given of [paths, paths.toReversed(), [paths[1]!, paths[2]!, paths[0]!]]) {
    const { sources } = JSON.parse((await runAudit(['verify', ...given, '--json'])).out) as TrailReport
    const causes = sources.flatMap(({ findings }) => findings.map(({ cause }) => cause))
    // Only the changed times are found.
    expect(new Set(causes)).toEqual(new Set(['changed']))
  }
})

test('a line that occurs twice, too far apart to be compared, is not proven', async () => {
  const sink = keepingSink()
  await honestJournal({ sinks: [sink] })
  const model = sink.lines.find((line) => line.includes('"type":"flag"'))
  const lineOf = (sequence: number) => `${model!.replace(/"sequence":\d+}$/, `"sequence":${sequence}}`)}\n`
  // More leaves than the verifier keeps of one log.
  const count = 2 ** 18 + 10
  async function* copy(again: string) {
    const block = 4_096
    for (let from = 0; from < count; from += block)
      yield Buffer.from(Array.from({ length: Math.min(block, count - from) }, (_, index) => lineOf(from + index)).join(''))
    yield Buffer.from(again)
  }
  const doubtsOf = async (again: string) => {
    const { sources } = await verifyTrail({ stream: copy(again), keys: [keys.verifierKey], accept: ['unsealed-logs'] })
    return sources[0]!.doubts.filter(({ reason }) => reason === 'not-compared')
  }
  expect(await doubtsOf(lineOf(count - 5))).toEqual([])
  expect(await doubtsOf(lineOf(5))).toMatchObject([{ isAccepted: false, from: 5, to: 5 }])
})
