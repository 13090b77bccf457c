import { join } from 'node:path'
import { expect, test } from 'vitest'
import { killProgram, startProgram } from '../../test/child-process.ts'
import { temporaryDirectory } from '../../test/temporary-directory.ts'
import type { AuditEvent } from '../event/event.ts'
import { readTrail, type TrailOptions } from './read-trail.ts'
import { listTrailSources, readSourceState } from './source-state.ts'

// Readers that run while other processes write, start new segments, are killed and take each other's log over.

const TAKEOVERS = 4
const EACH = 300

const writer = (directory: string) => `
  const journal = fileJournal({ directory: ${JSON.stringify(directory)}, segmentBytes: 8192 })
  const audit = createAudit({ service: 'svc', events, journal, sinks: [] })
  await audit.ready()
  console.log('done')
  for (let index = 0; ; index++) await Promise.all(record(audit, index * 8, 8))`

const placeOf = ({ source, sequence }: AuditEvent) => `${source} ${sequence}`

async function read(directory: string, options: TrailOptions = {}): Promise<readonly AuditEvent[]> {
  const events: AuditEvent[] = []
  for await (const event of readTrail(directory, options)) events.push(event)
  return events
}

test('a follower gets each event once and in order, through kills and takeovers', async () => {
  const directory = join(temporaryDirectory(), 'audit')
  let child = await startProgram(directory, writer(directory))
  const aborter = new AbortController()
  const seen: AuditEvent[] = []
  let takeovers = 0
  for await (const event of readTrail(directory, { follow: true, signal: aborter.signal })) {
    seen.push(event)
    if (seen.length % EACH !== 0) continue
    // Another reader, in the other direction, finds the same events, and those written since.
    const newest = (await read(directory, { order: 'newest' })).toReversed()
    expect(newest.map(placeOf).slice(0, seen.length)).toEqual(seen.map(placeOf))
    await killProgram(child)
    if (takeovers++ === TAKEOVERS) break
    child = await startProgram(directory, writer(directory))
  }
  const inTheEnd = await read(directory)
  expect(seen.map(({ id }) => id)).toEqual(inTheEnd.slice(0, seen.length).map(({ id }) => id))
  expect(inTheEnd.map(({ sequence }) => sequence)).toEqual(inTheEnd.map((_, index) => index))
  expect(inTheEnd.filter(({ type, action }) => type === 'audit' && action === 'opened')).toHaveLength(TAKEOVERS + 1)
})

test('the owner of a log is found while it runs, and is gone once it was killed', async () => {
  const directory = join(temporaryDirectory(), 'audit')
  const child = await startProgram(directory, writer(directory))
  const state = async () => readSourceState((await listTrailSources(directory))[0]!)
  expect(await state()).toMatchObject({ owner: { pid: child.pid, state: 'running', term: 1 }, isClosed: false })
  await killProgram(child)
  expect(await state()).toMatchObject({ owner: { pid: child.pid, state: 'gone' }, isClosed: false })
})
