import { escapeUnsafe, type AuditEvent } from '@audit/core/sink'
import { goJson } from './go-json.ts'

type Member = readonly [name: string, json: string]

/**
 * Encodes an event as in Flipt's audit log 0.2: its members in its order, only non-empty members of the actor, times in whole
 * seconds. `spaced` is Flipt's console encoding: a space after each colon and comma of the outermost members.
 */
export function fliptEvent(event: AuditEvent, options: { readonly spaced: boolean; readonly first?: readonly Member[] }): string {
  const { authentication, ip, email, name, picture } = event.metadata.actor
  const members: readonly Member[] = [
    ...(options.first ?? []),
    ['version', '"0.2"'],
    ['type', JSON.stringify(event.type)],
    ['action', JSON.stringify(event.action)],
    ['status', JSON.stringify(event.status)],
    ['metadata', JSON.stringify({ actor: withoutEmpty({ authentication, ip, email, name, picture }) })],
    ['payload', goJson(event.payload)],
    ['timestamp', JSON.stringify(wholeSeconds(event.timestamp))],
  ]
  const space = options.spaced ? ' ' : ''
  return escapeUnsafe(`{${members.map(([member, json]) => `"${member}":${space}${json}`).join(`,${space}`)}}`)
}

/** Encodes an event as Flipt's log writes it to the standard output: after the time of writing and the word AUDIT. */
export function fliptStdoutEvent(event: AuditEvent, now: Date, encoding: 'json' | 'console'): string {
  const time = wholeSeconds(now.toISOString())
  if (encoding === 'console') return `${time}\tAUDIT\t${fliptEvent(event, { spaced: true })}`
  const first = [['T', JSON.stringify(time)] as const, ['M', '"AUDIT"'] as const]
  return fliptEvent(event, { spaced: false, first })
}

function wholeSeconds(timestamp: string): string {
  return `${timestamp.slice(0, 19)}Z`
}

/** Flipt omits unknown members, and writes no empty texts. */
function withoutEmpty(members: Record<string, string | undefined>): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value))
}
