import type { FaultRun } from '../harness/fault-row.ts'
import type { ReceiverReport } from './receiver-ledger.ts'

/** Checks that exactly the acknowledged entries were stored, in order, by correct requests. */
export function expectReceived(
  run: FaultRun,
  what: string,
  acknowledged: ReadonlyMap<number, string>,
  { stored, problems }: Pick<ReceiverReport, 'stored' | 'problems'>,
): void {
  const ids = new Set(stored.map(([, id]) => id))
  const missing = [...acknowledged].filter(([, id]) => !ids.has(id))
  run.expect(
    missing.length === 0,
    `${what}: ${missing.length} of ${acknowledged.size} acknowledged entries lost, such as ${missing.slice(0, 3).map(([n]) => n)}`,
  )
  const known = new Set(acknowledged.values())
  const unknown = stored.filter(([, id]) => !known.has(id))
  run.expect(unknown.length === 0, `${what}: ${unknown.length} stored that were never recorded`)
  run.expect(problems.length === 0, `${what}: ${problems.slice(0, 3).join('; ')}`)
}
