import { createReadStream, existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type { AuditEvent, AuditStats } from '../../packages/core/dist/index.js'
import type { Entry } from './entries.ts'
import type { FaultRun } from './fault-row.ts'

/** Contents of a sink's file. */
export interface Trail {
  /** Ids of entries, with the number of deliveries of each. */
  readonly ids: ReadonlyMap<string, number>
  /** Numbers of entries, in the order of their first arrival. */
  readonly numbers: readonly number[]
  readonly duplicates: number
  /** System events, each once. */
  readonly facts: readonly AuditEvent[]
  /** Lines that an ordered log with one writer cannot have. */
  readonly disorder: readonly string[]
}

export async function readTrail(...paths: readonly string[]): Promise<Trail> {
  const ids = new Map<string, number>()
  const numbers: number[] = []
  const facts: AuditEvent[] = []
  const disorder: string[] = []
  const places = new Map<string, string>()
  const known = new Set<string>()
  let duplicates = 0
  for (const path of paths) {
    const last = new Map<string, number>()
    const seen = new Set<string>()
    if (!existsSync(path)) continue
    for await (const line of createInterface({ input: createReadStream(path) })) {
      const event = JSON.parse(line) as AuditEvent<Entry> & { readonly source: string; readonly sequence: number }
      const place = `${event.source} ${event.sequence}`
      const there = places.get(place)
      if (there !== undefined && there !== event.id) disorder.push(`Two events at ${place}: ${there} and ${event.id}`)
      places.set(place, event.id)
      if (seen.has(event.id)) duplicates++
      else if (event.sequence <= (last.get(event.source) ?? -1)) disorder.push(`${place} came after ${last.get(event.source)}`)
      else last.set(event.source, event.sequence)
      seen.add(event.id)
      if (event.type === 'audit') {
        if (!known.has(event.id)) facts.push(event)
        known.add(event.id)
        continue
      }
      if (!ids.has(event.id)) numbers.push(event.payload.n)
      ids.set(event.id, (ids.get(event.id) ?? 0) + 1)
    }
  }
  return { ids, numbers, duplicates, facts, disorder }
}

/** Each acknowledged entry was delivered, and the events of each log arrived in order. */
export function expectDelivered(run: FaultRun, what: string, acknowledged: ReadonlyMap<number, string>, trail: Trail): void {
  const missing = [...acknowledged].filter(([, id]) => !trail.ids.has(id))
  run.expect(
    missing.length === 0,
    `${what}: ${missing.length} of ${acknowledged.size} acknowledged entries lost, such as ${missing.slice(0, 3).map(([n]) => n)}`,
  )
  run.expect(
    trail.disorder.length === 0,
    `${what}: ${trail.disorder.length} out of order: ${trail.disorder.slice(0, 3).join('; ')}`,
  )
}

/** submitted = rejected + lost + recorded + waiting, and for each sink wanted = delivered + dead-lettered + pending + lost. */
export function expectBalance(run: FaultRun, what: string, { sinks, ...stats }: AuditStats): void {
  const { submitted, rejected, lost, recorded, waiting } = stats
  run.expect(submitted === rejected + lost + recorded + waiting, `${what}: the counters do not balance: ${JSON.stringify(stats)}`)
  for (const [name, sink] of Object.entries(sinks)) {
    const settled = sink.delivered + sink.deadLettered + sink.pending + sink.lost
    run.expect(sink.wanted === settled, `${what}: the counters of '${name}' do not balance: ${JSON.stringify(sink)}`)
  }
}

/** Number of lost entries by the system events of that kind that name this sink or no sink. */
export function countLost(facts: readonly AuditEvent[], sink?: string): number {
  return countRows(facts, sink, ({ losses }) => losses)
}

/** Number of lost events in `earlier`: repeated from `audit:lost` events that this sink did not get. */
export function countLostEarlier(facts: readonly AuditEvent[], sink: string): number {
  return countRows(facts, sink, ({ earlier = [] }) => earlier)
}

interface LostRow {
  readonly name: string
  readonly count: number
  readonly sink?: string
}

interface LostPayload {
  readonly losses: readonly LostRow[]
  readonly earlier?: readonly LostRow[]
}

function countRows(
  facts: readonly AuditEvent[],
  sink: string | undefined,
  rowsOf: (payload: LostPayload) => readonly LostRow[],
): number {
  const rows = facts.filter(({ action }) => action === 'lost').flatMap(({ payload }) => rowsOf(payload as LostPayload))
  const counted = rows.filter((row) => row.sink === sink && row.name.startsWith('entry:'))
  return counted.reduce((sum, { count }) => sum + count, 0)
}
