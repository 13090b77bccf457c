import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generateKeyPair } from '@audit/proof'
import { expect, test } from 'vitest'
import { about, openAudit, sourceDirectory } from './file-audit.ts'
import { temporaryDirectory } from './temporary-directory.ts'
import { checkedLine } from '../src/log-format/checked-line.ts'
import { fileJournal, type AuditEvent, type Sink } from '../src/index.ts'

// A person releases a log that was held as a whole, and a slow sink still reads it. An attacker who can write the files changes
// lines that the sink has not got yet.

const { signingKey } = generateKeyPair('svc')
const EVENTS = 600
const WAIT = { timeout: 120_000, interval: 10 }
const CRC = /,"crc":"[0-9a-f]{8}"}$/
/** More than a cursor reads ahead. */
const filler = 'x'.repeat(2_000)
const keys = Array.from({ length: EVENTS }, (_, index) => `k${index}.${filler}`)

/** A log that was released as a whole, of which a sink got its first batch, and waits. */
async function releasedLog() {
  const root = temporaryDirectory()
  const before = openAudit({ journal: fileJournal({ directory: root, segmentBytes: 256 << 10 }), sinks: [], seal: 'unsigned' })
  const log = await sourceDirectory(before.audit, root)
  await Promise.all(keys.map((key) => before.audit.record('flag:created', { key })))
  await before.audit.close()
  const taken: AuditEvent[] = []
  let state: 'begins' | 'waiting' | 'free' = 'begins'
  const slow: Sink = {
    name: 'slow',
    async write({ events }) {
      if (state === 'waiting') throw new Error('busy')
      taken.push(...events)
      if (state === 'begins' && taken.some((event) => about(event) === keys[0])) state = 'waiting'
    },
  }
  const { audit } = openAudit({
    journal: fileJournal({ directory: root }),
    sinks: [{ sink: slow, from: 'oldest', batch: { maxEvents: 10 } }],
    seal: { key: signingKey },
  })
  await expect.poll(() => audit.held.list(), WAIT).toMatchObject([{ isWhole: true }])
  await audit.held.release({ log: log.split('/').at(-1)!, by: 'ada@example.com' })
  await expect.poll(() => taken.some((event) => about(event) === keys[0]), WAIT).toBe(true)
  const segments = readdirSync(join(log, 'log'))
    .toSorted()
    .map((name) => join(log, 'log', name))
  const proceeded = async () => {
    state = 'free'
    await audit.flush()
    const payloads = (action: string) =>
      taken.filter((event) => about(event) === `audit:${action}`).map(({ payload }) => payload as Record<string, unknown>)
    return { taken: taken.map(about).filter((key) => /^k\d/.test(key)), payloads }
  }
  return { segments, proceeded, source: `svc/${log.split('/').at(-1)}` }
}

/** Changes the open text of the lines that have one of these keys, and gives them a checksum that fits. */
function change(path: string, changed: (index: number) => boolean, forge: (open: string) => string): void {
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
  const forged = lines.map((line) => {
    const index = Number(/"key":"k(\d+)\./.exec(line)?.[1] ?? NaN)
    return changed(index) ? forge(line.replace(CRC, '')) : line
  })
  writeFileSync(path, forged.map((line) => (CRC.test(line) || line === '' ? `${line}\n` : checkedLine(line).toString())).join(''))
}

const isForged = (open: string) => open.replace('"key":"k', '"key":"k9999')

test('a released log is delivered to its end if it is not changed', async () => {
  const { proceeded } = await releasedLog()
  const { taken, payloads } = await proceeded()
  expect(taken).toEqual(keys)
  expect(payloads('lost')).toEqual([])
})

test.each([
  ['one line', (index: number) => index === 500, 32],
  ['the last line', (index: number) => index === EVENTS - 1, 32],
  ['every line that was not read', (index: number) => index >= 400, 232],
])(
  'after its release, %s of a log is changed: no changed line is delivered, and the trail counts them',
  async (_, isChanged, most) => {
    const { segments, proceeded } = await releasedLog()
    for (const path of segments) change(path, isChanged, isForged)
    const { taken, payloads } = await proceeded()
    expect(taken.filter((key) => !keys.includes(key))).toEqual([])
    const missing = keys.filter((key) => !taken.includes(key))
    expect(missing.length).toBeGreaterThan(0)
    expect(missing.length).toBeLessThanOrEqual(most)
    await expect.poll(() => payloads('lost').length, WAIT).toBeGreaterThan(0)
  },
)

test('after its release, lines of a log are exchanged or repeated: each line is delivered at most once, and in order', async () => {
  const { segments, proceeded } = await releasedLog()
  const number = (open: string) => Number(/"sequence":(\d+)$/.exec(open)![1])
  for (const path of segments)
    change(
      path,
      (index) => index === 450 || index === 520,
      (open) => open.replace(/"sequence":\d+$/, `"sequence":${number(open) + 1}`),
    )
  const { taken } = await proceeded()
  expect(taken).toEqual(keys.filter((key) => taken.includes(key)))
  expect(taken.length).toBeGreaterThanOrEqual(EVENTS - 4 * 32)
})
