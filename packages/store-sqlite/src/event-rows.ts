import type { EventColumns } from '@audit/store/internal'
import { readId, readText, storedId, storedText } from './stored-text.ts'

/** The bits of a row's number that count the events of one millisecond. */
export const TIE_BITS = 20
export const MAX_TIE: number = 2 ** TIE_BITS - 1
/** Timestamps from 1691 to 2248: the other bits of 64, less one at each end for bounds that are exclusive. */
export const MAX_AT: number = 2 ** 43 - 2
export const MIN_AT: number = -(2 ** 43) + 1

/** The columns of a filter, as every query selects them. */
export const columnList: string =
  `row >> ${TIE_BITS}, row & ${MAX_TIE}, id, source, sequence, tenant, name, status, actor, email, behalf, target_type, target_id, ` +
  'ip, request, correlation, attempt'

type Stored = string | null
export type ColumnRow = [
  at: number,
  tie: number,
  id: Uint8Array | string,
  source: Stored,
  sequence: number | null,
  tenant: Stored,
  name: string,
  status: string,
  actor: Stored,
  email: Stored,
  onBehalfOf: Stored,
  targetType: Stored,
  targetId: Stored,
  ip: Stored,
  request: Stored,
  correlation: Stored,
  attempt: Uint8Array | string | null,
]

/** Returns the number of the row at a position; of the nearest one for a position that no row has. */
export function rowOf([at, tie]: readonly [number, number]): bigint {
  const inside = Math.max(MIN_AT, Math.min(MAX_AT, at))
  return BigInt(inside) * 2n ** BigInt(TIE_BITS) + BigInt(Math.max(0, Math.min(MAX_TIE, tie)))
}

export function positionOf(row: ColumnRow): readonly [number, number] {
  return [row[0], row[1]]
}

/** Returns the columns of a row. */
export function columnsOfRow(row: ColumnRow): EventColumns {
  const [at, , id, source, sequence, tenant, name, status, actor, email, behalf, targetType, targetId, ip, ...rest] = row
  const [request, correlation, attempt] = rest
  return {
    at,
    id: readId(id),
    source: text(source),
    sequence: sequence ?? undefined,
    tenant: text(tenant),
    name: readText(name),
    status: readText(status) as EventColumns['status'],
    actor: text(actor),
    email: text(email),
    onBehalfOf: text(behalf),
    targetType: text(targetType),
    targetId: text(targetId),
    ip: text(ip),
    request: text(request),
    correlation: text(correlation),
    attempt: attempt === null ? undefined : readId(attempt),
  }
}

/** Returns the values of a row to insert, in the order of the columns from `id` on. */
export function valuesOf(columns: EventColumns, line: string): (Uint8Array | string | number | null)[] {
  const { id, source, sequence, tenant, name, status, actor, email, onBehalfOf, targetType, targetId } = columns
  const { ip, request, correlation, attempt } = columns
  return [
    storedId(id),
    stored(source),
    sequence ?? null,
    stored(tenant),
    storedText(name),
    storedText(status),
    ...[actor, email, onBehalfOf, targetType, targetId, ip, request, correlation].map(stored),
    attempt === undefined ? null : storedId(attempt),
    line,
  ]
}

function text(value: Stored): string | undefined {
  return value === null ? undefined : readText(value)
}

function stored(value: string | undefined): string | null {
  return value === undefined ? null : storedText(value)
}
