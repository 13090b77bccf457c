import { styleText } from 'node:util'
import { escapeUnsafe } from '../copy/escape.ts'
import type { AuditEvent, Status } from '../event/event.ts'

type Style = Parameters<typeof styleText>[0]

const styles: Record<Status, Style> = { attempted: 'cyan', success: 'green', failure: 'yellow', denied: 'red' }

/** Formats one event as one line for people: time, event, target, actor and payload. */
export function readableLine(event: AuditEvent, colour: boolean): string {
  const paint = (style: Style, text: string) => (colour ? styleText(style, text, { validateStream: false }) : text)
  const { actor } = event.metadata
  const who = actor.email ?? actor.name ?? actor.id ?? actor.authentication
  const parts = [
    paint('dim', event.timestamp.slice(11, 23)),
    paint(styles[event.status], event.status.padEnd(9)),
    paint('bold', plain(`${event.type}:${event.action}`)),
    event.target && plain(event.target.id),
    `by ${plain(who)}${actor.ip ? paint('dim', ` (${plain(actor.ip)})`) : ''}`,
    event.reason && paint(styles[event.status], plain(event.reason)),
    event.changes && plain(event.changes.map((change) => change.path).join(' ')),
    event.payload !== null && paint('dim', plain(JSON.stringify(event.payload))),
  ]
  return parts.filter(Boolean).join('  ')
}

/** The event was parsed, so its escapes are characters again: a terminal must not receive them raw. */
function plain(text: string): string {
  return escapeUnsafe(JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"'))
}
