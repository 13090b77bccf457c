import type { AuditEvent } from '@audit/core/sink'

/** The columns of an export as CSV, in their order. */
export const csvColumns = [
  'timestamp',
  'name',
  'status',
  'actor_id',
  'actor_email',
  'on_behalf_of',
  'target_type',
  'target_id',
  'tenant',
  'ip',
  'reason',
  'changes',
  'id',
  'source',
  'sequence',
  'payload',
] as const
export type CsvColumn = (typeof csvColumns)[number]

const titles: { readonly [column in CsvColumn]?: string } = { timestamp: 'timestamp (UTC)' }

/** A text is never a formula; a number and JSON are written as they are. */
type Cell = { readonly text: unknown } | { readonly json: unknown }

const cells: { readonly [column in CsvColumn]: (event: AuditEvent) => Cell } = {
  timestamp: ({ timestamp }) => ({ text: timestamp }),
  name: ({ type, action }) => ({ text: `${type}:${action}` }),
  status: ({ status }) => ({ text: status }),
  actor_id: ({ metadata }) => ({ text: metadata.actor?.id }),
  actor_email: ({ metadata }) => ({ text: metadata.actor?.email }),
  on_behalf_of: ({ metadata }) => ({ text: metadata.actor?.onBehalfOf?.id }),
  target_type: ({ target }) => ({ text: target?.type }),
  target_id: ({ target }) => ({ text: target?.id }),
  tenant: ({ metadata }) => ({ text: metadata.tenant }),
  ip: ({ metadata }) => ({ text: metadata.request?.ip ?? metadata.actor?.ip }),
  reason: ({ reason }) => ({ text: reason }),
  changes: ({ changes }) => ({ json: changes }),
  id: ({ id }) => ({ text: id }),
  source: ({ source }) => ({ text: source }),
  sequence: ({ sequence }) => ({ json: sequence }),
  payload: ({ payload }) => ({ json: payload }),
}

/** Spreadsheets run a cell that begins with one of these: https://owasp.org/www-community/attacks/CSV_Injection */
const FORMULA = /^[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/

/** Returns the first line, with its end. */
export function csvHeader(columns: readonly CsvColumn[]): string {
  return lineOf(columns.map((column) => titles[column] ?? column))
}

/**
 * Returns the line of an event, with its end (RFC 4180). Every cell is in quotes; a text that a spreadsheet would run as a formula
 * begins with an apostrophe. Numbers are never changed.
 */
export function csvLine(event: AuditEvent, columns: readonly CsvColumn[]): string {
  return lineOf(
    columns.map((column) => {
      const cell = cells[column](event)
      if ('json' in cell) return cell.json === undefined ? '' : JSON.stringify(cell.json)
      const text = typeof cell.text === 'string' ? cell.text : ''
      return FORMULA.test(text) ? `'${text}` : text
    }),
  )
}

function lineOf(texts: readonly string[]): string {
  return `${texts.map((text) => `"${text.replaceAll('"', '""')}"`).join(',')}\r\n`
}
