import { truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { honestJournal, keys, segmentsIn, temporaryDirectory } from '../../test/honest-journal.ts'
import { runAudit } from '../../test/run-audit.ts'
import { linesOfFile } from './line-chunks.ts'
import { verifyTrail } from './verify-trail.ts'

// A sparse file takes no room on the disk, and hours to read.

const TEBIBYTE = 2 ** 40

function sparse(path: string): string {
  writeFileSync(path, '', { flag: 'a', mode: 0o600 })
  truncateSync(path, TEBIBYTE)
  return path
}

test.each([
  ['a later segment has no data', (log: string) => sparse(join(log, 'log/00000000000000000900.9-0.ndjson'))],
  ['the last segment goes on without data', (log: string) => sparse(segmentsIn(log).at(-1)!)],
])('a journal is verified and shown to the end of its lines: %s', async (_, harm) => {
  const { root, log, source } = await honestJournal()
  harm(log)
  const report = await verifyTrail({ paths: [root], keys: [keys.verifierKey] })
  expect(report).toMatchObject({ verdict: 'wrong', findings: [{ cause: 'unreadable' }], counts: { events: 56, proven: 56 } })
  const tail = await runAudit(['tail', root, '--json', '--limit', '1'])
  expect([tail.code, JSON.parse(tail.out)]).toMatchObject([0, { source }])
  expect((await runAudit(['status', root])).out).toContain('56 events')
  expect((await runAudit(['prove', '7', root, '--out', join(temporaryDirectory(), 'event')])).code).toBe(0)
})

test('a log without a description and without a line ends too', async () => {
  const { root, log } = await honestJournal({ runs: [0] })
  for (const path of [...segmentsIn(log), join(log, 'source.json')]) sparse(path)
  const read = vi.fn<(bytes: number) => void>()
  await verifyTrail({ paths: [root], onProgress: read }).catch(() => undefined)
  expect(read.mock.calls.every(([bytes]) => bytes < 2 ** 30)).toBe(true)
})

test('the lines before a hole at the end of a file are read', async () => {
  const path = join(temporaryDirectory(), 'audit.log')
  writeFileSync(path, 'one\ntwo\n')
  sparse(path)
  const lines: string[] = []
  let bytes = 0
  for await (const chunk of linesOfFile(path)) {
    bytes += chunk.bytes
    lines.push(...chunk.lines.map((line) => line.toString('latin1')))
  }
  expect(lines).toEqual(['one', 'two', ''])
  expect(bytes).toBeLessThan(2 ** 28)
})
