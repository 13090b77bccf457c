import { escapeUnsafe } from '@audit/core/internal'
import type { EventFormat } from '@audit/core/sink'
import { fliptKnows, fliptMembers, wholeSeconds, type Member } from './flipt-event.ts'

export interface FliptLogOptions {
  /** As Flipt's `audit.sinks.log.encoding`. Default `json`. */
  readonly encoding?: 'json' | 'console'
  /** For the standard output, where Flipt puts the time of writing and the word AUDIT before each event. */
  readonly stdout?: boolean
}

/** The order of Flipt's log differs from that of its webhook. */
const ORDER = ['version', 'type', 'action', 'status', 'metadata', 'payload', 'timestamp'] as const

/** The format of Flipt's log sink, audit version 0.2, for `fileSink`. */
export function fliptLogFormat({ encoding = 'json', stdout = false }: FliptLogOptions = {}): EventFormat {
  const isConsole = encoding === 'console'
  return {
    ...fliptKnows,
    encode(event) {
      const members = fliptMembers(event, ORDER)
      if (!stdout) return objectOf(members, isConsole)
      const time = wholeSeconds(new Date().toISOString())
      if (isConsole) return `${time}\tAUDIT\t${objectOf(members, true)}`
      return objectOf([['T', JSON.stringify(time)], ['M', '"AUDIT"'], ...members], false)
    },
  }
}

/** Flipt's console encoding has a space after each colon and comma of the outermost members. */
function objectOf(members: readonly Member[], isSpaced: boolean): string {
  const space = isSpaced ? ' ' : ''
  return escapeUnsafe(`{${members.map(([name, json]) => `"${name}":${space}${json}`).join(`,${space}`)}}`)
}
