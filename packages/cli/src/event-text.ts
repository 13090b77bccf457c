import type { AuditEvent } from '@audit/core'
import type { MarkedEvent } from './proof-marks.ts'
import { printable, printableJson } from './printable.ts'
import type { Format, Paint } from './terminal.ts'

const colours: Readonly<Record<string, Format>> = { attempted: 'yellow', success: 'green', failure: 'red', denied: 'magenta' }
const MAX_PAYLOAD = 100
const MAX_LINE = 110

function colourOf(status: string): Format {
  return (Object.hasOwn(colours, status) && colours[status]) || 'dim'
}

/** `flag:deleted` */
export function nameOf({ type, action }: AuditEvent): string {
  return printable(`${type}:${action}`)
}

/** The actor: email, id or name, else the kind of authentication; `(anonymous)` without one. */
export function actorOf({ metadata: { actor } }: AuditEvent): string {
  const known = actor.email ?? actor.id ?? actor.name
  const kind = actor.authentication === 'none' ? '(anonymous)' : `(${printable(actor.authentication)})`
  const who = known === undefined || known === null ? kind : printable(known)
  return actor.onBehalfOf ? `${who} as ${printable(actor.onBehalfOf.id)}` : who
}

/** An event on one line: who did what to which target. */
export function lineOf(event: MarkedEvent, paint: Paint): string {
  const { timestamp, status, target, reason, metadata, sequence, proven } = event
  const isSystemEvent = event.type === 'audit'
  const what = nameOf(event).padEnd(18)
  const thing = target ? `${printable(target.type)}/${printable(target.id)}` : isSystemEvent ? systemEventText(event) : '-'
  const details = [
    ...(reason === undefined ? [] : [`reason ${printable(reason)}`]),
    ...(metadata.tenant === undefined ? [] : [`tenant ${printable(metadata.tenant)}`]),
    ...(sequence === undefined ? [] : [`#${printable(sequence)}`]),
  ]
  const state = printable(status).padEnd(9)
  return [
    paint('dim', printable(timestamp)),
    paint(colourOf(status), state),
    isSystemEvent ? paint('dim', what) : paint('bold', what),
    thing.padEnd(20),
    `by ${actorOf(event)}`,
    paint('dim', details.join('  ')),
    ...(proven === false ? [paint('red', 'not proven')] : []),
  ].join('  ')
}

/** A system event has no target, so its payload is shown. */
function systemEventText({ action, payload }: AuditEvent): string {
  if (action === 'sealed') return `${printable((payload as { readonly size?: unknown } | null)?.size)} events`
  const text = printableJson(payload)
  return text.length > MAX_PAYLOAD ? `${text.slice(0, MAX_PAYLOAD)}…` : text
}

/** An event with all members, on several lines. */
export function pageOf(event: MarkedEvent, paint: Paint): readonly string[] {
  const { type, action, status, ...members } = event
  const rows = Object.entries(members).filter(([name, value]) => name !== 'version' && value !== undefined)
  return [
    `${paint('bold', printable(`${type}:${action}`))} ${paint(colourOf(status), printable(status))}`,
    ...rows.flatMap(([name, value]) =>
      valueLines(value).map((line, index) => `  ${paint('dim', (index === 0 ? printable(name) : '').padEnd(9))} ${line}`),
    ),
  ]
}

/** A value as text: JSON on one line if it is short, else indented. */
function valueLines(value: unknown): readonly string[] {
  if (typeof value === 'string') return [printable(value)]
  const line = printableJson(value)
  return line.length <= MAX_LINE ? [line] : printableJson(value, 2).split('\n')
}
