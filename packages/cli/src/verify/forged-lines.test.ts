import { appendFileSync, cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AuditEvent } from '@audit/core'
import { formatCheckpoint, leafHash, MerkleTree } from '@audit/proof'
import { describe, expect, test } from 'vitest'
import { checked, keys, segmentsIn } from '../../test/honest-journal.ts'
import { appendEvents, closed, eventText, takenOver } from '../../test/log-states.ts'
import { runAudit } from '../../test/run-audit.ts'
import type { TrailReport } from './report.ts'

// Lines that an attacker without the key adds to a journal. They never count as proven, and take nothing away from proven events.

type Shown = AuditEvent & { readonly proven: boolean }

async function verify(root: string, ...more: readonly string[]) {
  const words = ['verify', root, '--key', keys.verifierKey, ...more]
  const { code, out } = await runAudit([...words, '--json'])
  return { code, report: JSON.parse(out) as TrailReport, text: (await runAudit(words)).out }
}

async function shown(root: string, ...words: readonly string[]): Promise<readonly Shown[]> {
  const { out } = await runAudit(['tail', root, '--key', keys.verifierKey, '--json', '--events', '*:*', ...words])
  const lines = out.trimEnd().split('\n')
  return lines.map((line) => JSON.parse(line) as Shown)
}

function forgedLine(source: string, sequence: number): string {
  return checked(eventText({ target: { type: 'flag', id: 'forged' }, source, sequence }))
}

const isForged = ({ target }: AuditEvent) => target?.id === 'forged'

describe('a forged line within a broken line', () => {
  test('a forged line with a byte of rubbish behind it, at the end of a segment that is not the last, is foreign and not shown', async () => {
    const { root, log, source, anchor } = await closed()
    const before = await shown(root, '--limit', '1000')
    appendFileSync(segmentsIn(log)[0]!, `${forgedLine(source, 2)}x\n`)
    const { code, report } = await verify(root, '--anchor', anchor, '--strict')
    expect([code, report.sources[0]!.findings.map(({ cause }) => cause)]).toEqual([1, ['foreign']])
    expect(report.counts.proven).toBe(report.counts.events)
    expect(await shown(root, '--limit', '1000')).toEqual(before)
    expect(await shown(root, '--since', '2020-01-01')).toEqual(before)
  })

  test('a forged line before and after the line with its sequence is not shown in its place', async () => {
    const { root, log, source } = await closed()
    const before = await shown(root, '--limit', '1000')
    const path = segmentsIn(log)[0]!
    const lines = readFileSync(path, 'utf8').split(/(?<=\n)/)
    const forged = `${forgedLine(source, 2)}x\n`
    writeFileSync(path, lines.toSpliced(2, 1, forged, lines[2]!, forged).join(''))
    expect((await verify(root)).code).toBe(1)
    expect(await shown(root, '--limit', '1000')).toEqual(before)
    expect(await shown(root, '--since', '2020-01-01')).toEqual(before)
    const page = JSON.parse((await runAudit(['show', '2', root, '--key', keys.verifierKey, '--json'])).out) as readonly Shown[]
    expect(page.map((event) => [isForged(event), event.proven])).toEqual([[false, true]])
  })

  test('the rest of a failed write at the end of a segment is a remark, not a finding', async () => {
    const { root, log, source } = await closed()
    const [path, next] = segmentsIn(log)
    const from = Number(/(\d{20})\.[^/]*$/.exec(next!)![1])
    appendFileSync(path!, `{"version":"1.0","ty\u0000\u0000\u0000${forgedLine(source, from)}\u0000\n`)
    const { code, report, text } = await verify(root, '--strict')
    expect([code, report.verdict]).toEqual([0, 'proven'])
    expect(text).toContain('A file has bytes behind its last event that are not events')
  })

  test('a line of bytes that take too long to search is foreign', async () => {
    const { root, log } = await closed()
    appendFileSync(segmentsIn(log)[0]!, `${`{"version":"1.0",,"crc":"00000000"}`.repeat(20_000)}\n`)
    expect((await verify(root)).code).toBe(1)
  })
})

describe('the mark of a shown event', () => {
  test('a whole forged line before the line with its sequence is shown as not proven', async () => {
    const { root, log, source } = await closed()
    const path = segmentsIn(log)[0]!
    const lines = readFileSync(path, 'utf8').split(/(?<=\n)/)
    writeFileSync(path, lines.toSpliced(2, 0, `${forgedLine(source, 2)}\n`).join(''))
    for (const words of [[], ['--since', '2020-01-01']])
      for (const event of await shown(root, '--limit', '1000', ...words)) expect([isForged(event), event.proven]).toContain(false)
    expect((await shown(root, '--limit', '1000')).filter(({ proven }) => proven).length).toBeGreaterThan(0)
  })

  test('of the events in a second directory of the same log, only those with the same bytes are proven', async () => {
    const { root, log, source } = await closed()
    const twin = join(root, 'flags-api-zzzzzzzz')
    cpSync(log, twin, { recursive: true })
    const path = segmentsIn(twin)[0]!
    const lines = readFileSync(path, 'utf8').split(/(?<=\n)/)
    writeFileSync(path, lines.toSpliced(2, 1, `${forgedLine(source, 2)}\n`).join(''))
    const events = await shown(root, '--limit', '1000')
    expect(events.filter(isForged)).toHaveLength(1)
    for (const event of events) expect(event.proven).toBe(!isForged(event))
  })

  test('an event behind the last checkpoint is not proven', async () => {
    const { root, log } = await closed()
    appendEvents(log, 1)
    expect((await shown(root, '--limit', '1')).map(({ proven }) => proven)).toEqual([false])
  })
})

describe('events that say that others were not authenticated', () => {
  const statement = (source: string, sequence: number, lines: number) => {
    const payload = { source, reason: 'unauthenticated', from: 0, lines }
    return checked(eventText({ type: 'audit', action: 'recovered', payload, source, sequence }))
  }

  test('an audit:recovered that no checkpoint covers takes nothing away from proven events', async () => {
    const { root, log, source } = await closed()
    const before = await verify(root)
    appendFileSync(segmentsIn(log).at(-1)!, `${statement(source, before.report.sources[0]!.end, 56)}\n`)
    const { report } = await verify(root)
    expect(report.counts).toMatchObject({ proven: before.report.counts.proven, events: before.report.counts.events + 1 })
    expect(report.sources[0]!.doubts.map(({ reason }) => reason)).not.toContain('unauthenticated')
  })

  test('an audit:recovered in place of a covered event takes nothing away from proven events', async () => {
    const { root, log, source } = await closed()
    const { counts } = (await verify(root)).report
    const path = segmentsIn(log)[0]!
    const lines = readFileSync(path, 'utf8').split(/(?<=\n)/)
    writeFileSync(path, lines.toSpliced(9, 1, `${statement(source, 9, 5)}\n`).join(''))
    const { code, report } = await verify(root)
    expect([code, report.counts.proven]).toEqual([1, counts.proven - 1])
  })

  test('an audit:recovered that a checkpoint covers still counts', async () => {
    const { paths } = await takenOver()
    const { code, report } = await verify(paths[0]!)
    expect([code, report.counts.unproven]).toEqual([4, 5])
  })
})

test('a checkpoint by a key that was not given is not reported as the checked one, and hides no event after the end', async () => {
  const { root, log, source } = await closed()
  appendEvents(log, 1)
  const before = await verify(root)
  const entries = segmentsIn(log)
    .flatMap((path) => readFileSync(path, 'utf8').trimEnd().split('\n'))
    .map((line) => line.replace(/(,"tag":"[\w-]{22}")?,"crc":"[0-9a-f]{8}"}$/, '}'))
  const tree = new MerkleTree()
  for (const entry of entries) tree.append(leafHash(entry))
  const signature = Buffer.concat([Buffer.from('b0fb44d0', 'hex'), Buffer.alloc(64)]).toString('base64')
  const checkpoint = `${formatCheckpoint({ origin: source, size: tree.size, root: tree.root() })}\n— flags-api ${signature}\n`
  const frontier = tree.frontier().hashes.map((hash) => Buffer.from(hash).toString('base64'))
  const payload = { origin: source, size: tree.size, checkpoint, frontier }
  const seal = checked(eventText({ type: 'audit', action: 'sealed', payload, source, sequence: tree.size }))
  appendFileSync(segmentsIn(log).at(-1)!, `${seal}\n`)
  const { code, report, text } = await verify(root)
  const [log0, logBefore] = [report.sources[0]!, before.report.sources[0]!]
  expect(code).toBe(1)
  expect(log0).toMatchObject({ sealedTo: logBefore.sealedTo, signedBy: logBefore.signedBy, signatures: 'checked' })
  expect(log0.findings.map(({ cause }) => cause)).toContain('after-end')
  expect(text.split('\n')[0]).not.toContain('b0fb44d0')
})
