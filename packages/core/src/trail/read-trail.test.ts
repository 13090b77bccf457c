import { appendFileSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { about, openAudit } from '../../test/file-audit.ts'
import { keysOf, logLines, segmentName } from '../../test/log-files.ts'
import { temporaryDirectory } from '../../test/temporary-directory.ts'
import { systemClock } from '../clock.ts'
import type { AuditEvent } from '../event/event.ts'
import { fileJournal } from '../file-journal/file-journal.ts'
import { readTrail, type TrailOptions } from './read-trail.ts'

async function read(directory: string, options?: TrailOptions): Promise<readonly AuditEvent[]> {
  const events: AuditEvent[] = []
  for await (const event of readTrail(directory, options)) events.push(event)
  return events
}

const actor = (id: string, email?: string) => ({ actor: { authentication: 'token', id, ...(email && { email }) } })
const target = (id: string) => ({ target: { type: 'flag', id } })

/** The audits of two processes on one directory, with some events of each. */
async function twoLogs() {
  const directory = temporaryDirectory()
  const open = () => openAudit({ journal: fileJournal({ directory, segmentBytes: 4_096 }), clock: systemClock }).audit
  const audits = [open(), open()] as const
  for (const audit of audits) await audit.ready()
  for (let index = 0; index < 60; index++) {
    const [audit, name] = [audits[index % 2]!, index % 3 === 0 ? 'flag:deleted' : 'flag:created']
    const who = index % 5 === 0 ? actor('u_1', 'Ada@example.com') : actor('u_2')
    const tenant = index % 4 === 0 ? { tenant: 'acme' } : {}
    await audit.run({ ...who, ...tenant }, () => audit.record(name, { key: `k${index}` }, target(`f/${index % 6}`)))
  }
  return { directory, audits }
}

const keys = (events: readonly AuditEvent[]) => events.filter(({ type }) => type === 'flag').map(about)
const where = (isIt: (index: number) => boolean) =>
  Array.from({ length: 60 }, (_, index) => index)
    .filter(isIt)
    .map((index) => `k${index}`)

describe('a trail of two logs, while both are written', () => {
  test('a trail is read completely, in the order of time, and each log in its own order', async () => {
    const { directory } = await twoLogs()
    const events = await read(directory)
    expect(keys(events).toSorted()).toEqual(where(() => true).toSorted())
    expect(events.map(({ timestamp }) => timestamp)).toEqual(events.map(({ timestamp }) => timestamp).toSorted())
    const sources = new Set(events.map(({ source }) => source))
    expect(sources.size).toBe(2)
    for (const source of sources) {
      const own = events.filter((event) => event.source === source).map(({ sequence }) => sequence)
      expect(own).toEqual(own.map((_, index) => index))
    }
  })

  test('a trail is selected by actor, event and target', async () => {
    const { directory } = await twoLogs()
    const sorted = async (options: TrailOptions) => new Set(keys(await read(directory, options)))
    expect(await sorted({ events: ['flag:deleted'] })).toEqual(new Set(where((index) => index % 3 === 0)))
    expect(await sorted({ events: ['flag:*', '!flag:deleted'] })).toEqual(new Set(where((index) => index % 3 !== 0)))
    expect(await sorted({ actor: 'ada@example.com' })).toEqual(new Set(where((index) => index % 5 === 0)))
    expect(await sorted({ actor: 'u_1', target: 'flag/f/0' })).toEqual(new Set(where((index) => index % 30 === 0)))
    expect(await sorted({ target: { type: 'flag', id: 'f/1' } })).toEqual(new Set(where((index) => index % 6 === 1)))
    expect(await sorted({ tenant: 'acme' })).toEqual(new Set(where((index) => index % 4 === 0)))
    expect(await read(directory, { events: ['nothing:known'] })).toEqual([])
    expect((await read(directory, { events: ['audit:opened'] })).length).toBe(2)
    expect(await read(directory, { until: '1h' })).toEqual([])
    expect(keys(await read(directory, { since: '1h' })).length).toBe(60)
  })

  test('a trail is read newest first, and limited to the newest events', async () => {
    const { directory } = await twoLogs()
    const newest = await read(directory, { order: 'newest', events: ['flag:*'] })
    const ids = (events: readonly AuditEvent[]) => events.map(({ id }) => id)
    expect(new Set(ids(newest))).toEqual(new Set(ids(await read(directory, { events: ['flag:*'] }))))
    expect(newest.map(({ timestamp }) => timestamp)).toEqual(
      newest.map(({ timestamp }) => timestamp).toSorted((a, b) => (a < b ? 1 : a > b ? -1 : 0)),
    )
    expect(ids(await read(directory, { events: ['flag:*'], limit: 7 }))).toEqual(ids(newest.slice(0, 7)).toReversed())
    expect(ids(await read(directory, { order: 'newest', events: ['flag:*'], limit: 7 }))).toEqual(ids(newest.slice(0, 7)))
    expect(await read(directory, { limit: 0 })).toEqual([])
  })

  test('since and until are exact to the millisecond', async () => {
    const { directory } = await twoLogs()
    const events = await read(directory, { events: ['flag:*'] })
    const { timestamp } = events[30]!
    const split = events.findIndex((event) => event.timestamp === timestamp)
    expect(await read(directory, { events: ['flag:*'], since: timestamp })).toEqual(events.slice(split))
    expect(await read(directory, { events: ['flag:*'], until: new Date(timestamp) })).toEqual(events.slice(0, split))
  })

  test('a trail is not changed by reading', async () => {
    const { directory, audits } = await twoLogs()
    for (const audit of audits) await audit.close()
    const files = () =>
      readdirSync(directory, { recursive: true, encoding: 'utf8' })
        .toSorted()
        .map((name) => [name, statSync(join(directory, name)).mtimeMs, statSync(join(directory, name)).size])
    const before = files()
    await read(directory)
    await read(directory, { order: 'newest' })
    expect(files()).toEqual(before)
  })
})

describe('a trail that is followed', () => {
  test('a followed trail returns appended events, and those of new logs, each once, until its signal aborts', async () => {
    const { directory, audits } = await twoLogs()
    const aborter = new AbortController()
    const seen: string[] = []
    let late: ReturnType<typeof openAudit>['audit'] | undefined
    for await (const event of readTrail(directory, { events: ['flag:*'], limit: 3, follow: true, signal: aborter.signal })) {
      seen.push(about(event))
      if (seen.length === 3) for (const key of ['x', 'y']) await audits[0].record('flag:created', { key })
      if (seen.at(-1) === 'y') await audits[1].record('flag:created', { key: 'z' })
      if (seen.at(-1) === 'z') {
        late = openAudit({ journal: fileJournal({ directory }) }).audit
        await late.record('flag:created', { key: 'of a new log' })
      }
      if (seen.at(-1) === 'of a new log') aborter.abort()
    }
    // Two logs have no order within a millisecond.
    expect(seen.slice(0, 3)).toContain('k59')
    expect(seen.slice(3)).toEqual(['x', 'y', 'z', 'of a new log'])
  })

  test('a followed trail begins with the oldest event without a limit', async () => {
    const { directory, audits } = await twoLogs()
    const aborter = new AbortController()
    const seen: AuditEvent[] = []
    for await (const event of readTrail(directory, { events: ['flag:*'], follow: true, signal: aborter.signal })) {
      seen.push(event)
      if (seen.length === 60) await audits[0].record('flag:created', { key: 'last' })
      if (seen.length === 61) aborter.abort()
    }
    expect(new Set(keys(seen))).toEqual(new Set([...where(() => true), 'last']))
  })
})

describe('a damaged log', () => {
  const log = () => {
    const directory = temporaryDirectory()
    mkdirSync(join(directory, 'log'))
    writeFileSync(join(directory, 'source.json'), 'not JSON')
    const write = (name: string, text: string) => writeFileSync(join(directory, 'log', name), text)
    return { directory, write }
  }
  const both = async (directory: string) => {
    const forward = keysOf(await read(directory))
    expect(keysOf(await read(directory, { order: 'newest' }))).toEqual(forward.toReversed())
    return forward
  }

  test('readTrail() skips broken lines and a torn end', async () => {
    const { directory, write } = log()
    const lines = logLines(0, 4).split('\n')
    write(segmentName(0), [lines[0], lines[1]!.replace('event', 'evemt'), '{}', lines[2], lines[3]!.slice(0, -5)].join('\n'))
    expect(await both(directory)).toEqual(['event 0', 'event 2'])
    appendFileSync(join(directory, 'log', segmentName(0)), lines[3]!.slice(-5))
    expect(await both(directory)).toEqual(['event 0', 'event 2'])
    appendFileSync(join(directory, 'log', segmentName(0)), '\n')
    expect(await both(directory)).toEqual(['event 0', 'event 2', 'event 3'])
  })

  test('readTrail() skips a line without an end, in bounded memory', async () => {
    const { directory, write } = log()
    write(segmentName(0), `${logLines(0, 1)}${'x'.repeat(9 << 20)}\n${logLines(1, 1)}`)
    expect(await both(directory)).toEqual(['event 0', 'event 1'])
  })

  test('readTrail() uses the line of the highest generation if a sequence has several lines', async () => {
    const { directory, write } = log()
    write(segmentName(0, 1), logLines(0, 5, 'one'))
    write(segmentName(3, 2), logLines(3, 4, 'two'))
    write(segmentName(5, 2, 1), logLines(5, 1, 'three'))
    expect(await both(directory)).toEqual(['one 0', 'one 1', 'one 2', 'two 3', 'two 4', 'three 5'])
  })

  test('readTrail() returns an event once if a later generation replaces it during the read, unless the new line differs', async () => {
    const { directory, write } = log()
    const before = logLines(0, 5)
    write(segmentName(0, 1), before)
    const aborter = new AbortController()
    const seen: AuditEvent[] = []
    for await (const event of readTrail(directory, { follow: true, signal: aborter.signal })) {
      seen.push(event)
      // Line 4 was left behind by a write that failed; the next generation has another one there.
      const lines = `${before.split('\n')[3]}\n${logLines(4, 2, 'other')}`
      if (seen.length === 5) write(segmentName(3, 2), lines)
      if (seen.length === 7) aborter.abort()
    }
    expect(keysOf(seen)).toEqual(['event 0', 'event 1', 'event 2', 'event 3', 'event 4', 'other 4', 'other 5'])
  })

  test('readTrail() skips lines that are not events', async () => {
    const { directory, write } = log()
    write(segmentName(0), logLines(0, 2).replace('"metadata"', '"metadate"'))
    expect(await both(directory)).toEqual(['event 1'])
    expect(readFileSync(join(directory, 'source.json'), 'utf8')).toBe('not JSON')
  })
})

describe('invalid options of readTrail()', () => {
  const wrong: readonly (readonly [TrailOptions, string, string])[] = [
    [{ events: ['flag'] }, 'AUDIT_INVALID_PATTERN', "'flag' has no verb; write 'flag:*'"],
    [{ events: ['flag:a:b'] }, 'AUDIT_INVALID_PATTERN', 'has 3 parts'],
    [{ events: ['Flag:*\u001b'] }, 'AUDIT_INVALID_PATTERN', "'Flag:*\\u001b' is not a pattern"],
    [{ events: [] }, 'AUDIT_INVALID_PATTERN', 'the list is empty'],
    [{ events: 'flag:*' as never }, 'AUDIT_INVALID_PATTERN', 'give a list'],
    [{ target: 'flag' }, 'AUDIT_INVALID_OPTIONS', "write 'type/id'"],
    [{ target: 'flag/' }, 'AUDIT_INVALID_OPTIONS', "write 'type/id'"],
    [{ actor: '' }, 'AUDIT_INVALID_OPTIONS', 'actor: give text'],
    [{ since: 'yesterday' }, 'AUDIT_INVALID_OPTIONS', "since: 'yesterday' is not a time"],
    [{ until: '2026-02-31' }, 'AUDIT_INVALID_OPTIONS', 'is not a time'],
    [{ until: new Date(Number.NaN) }, 'AUDIT_INVALID_OPTIONS', 'is not a time'],
    [{ since: '1h', until: '2h' }, 'AUDIT_INVALID_OPTIONS', 'since: it is after until'],
    [{ limit: -1 }, 'AUDIT_INVALID_OPTIONS', 'limit: give a whole number'],
    [{ order: 'up' as never }, 'AUDIT_INVALID_OPTIONS', "give 'oldest' or 'newest'"],
    [{ follow: true, order: 'newest' }, 'AUDIT_INVALID_OPTIONS', 'cannot come first'],
    [{ follow: true, until: '1h' }, 'AUDIT_INVALID_OPTIONS', 'follow: it never ends'],
  ]
  test.each(wrong)('readTrail(%j) is rejected', (options, code, text) => {
    expect(() => readTrail('.', options)).toThrow(expect.objectContaining({ code, message: expect.stringContaining(text) }))
  })

  test('readTrail() rejects for a missing directory', async () => {
    await expect(read(join(temporaryDirectory(), 'none'))).rejects.toMatchObject({ code: 'AUDIT_JOURNAL_UNAVAILABLE' })
  })
})
