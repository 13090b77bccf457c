import { AuditError } from '../errors.ts'
import { involvesProxy } from '../event/class-name.ts'
import { statuses } from '../event/event.ts'
import { nearest } from '../event/nearest.ts'
import type { Reporter } from '../logger.ts'

// In TypeScript the compiler finds a misspelt option; in JavaScript it would silently do nothing, and an event without its target
// or with another status is false evidence. So a call with one rejects, the first time it runs.

const RECORD = ['actor', 'tenant', 'correlationId', 'before', 'status', 'reason', 'error', 'target']
const known = {
  record: RECORD,
  denied: [...RECORD.filter((name) => name !== 'before' && name !== 'status'), 'payload', 'limited'],
  begin: [...RECORD.filter((name) => name !== 'status' && name !== 'error'), 'attempted', 'failMode'],
  annotate: ['before', 'payload', 'target', 'actor', 'reason', 'response'],
  run: ['actor', 'request', 'trace', 'tenant', 'correlationId', 'event', 'restored'],
} satisfies Record<string, readonly string[]>

const words: Readonly<Record<string, readonly unknown[]>> = {
  status: statuses,
  failMode: ['open', 'closed'],
  attempted: ['always', 'if-closed'],
}

/** Throws `AUDIT_INVALID_OPTIONS` for an option that a call of `record()`, `denied()` or `begin()` does not take. */
export function checkCallOptions(call: 'record' | 'denied' | 'begin', name: unknown, options: unknown): void {
  if (options === undefined || options === null) return
  const problem = typeof options === 'object' ? problemOf(call, options) : `give options as an object, not a ${typeof options}`
  if (problem === undefined) return
  throw new AuditError('AUDIT_INVALID_OPTIONS', `${call}('${String(name)}'): ${problem}. Nothing was recorded.`)
}

function problemOf(call: keyof typeof known, options: object): string | undefined {
  const unknown = unknownOption(call, options)
  if (unknown !== undefined) return unknown
  for (const [name, allowed] of Object.entries(words)) {
    const value = (options as Record<string, unknown>)[name]
    if (value === undefined || !known[call].includes(name) || allowed.includes(value)) continue
    return `${name}: give ${allowed.map((word) => `'${String(word)}'`).join(', ')}`
  }
  const { actor } = options as { readonly actor?: unknown }
  // The id alone does not say how the actor was authenticated.
  const isId = typeof actor === 'string' || typeof actor === 'number'
  return isId ? `actor: give an object such as { authentication: 'session', id }, not a ${typeof actor}` : undefined
}

/**
 * Reports an option that `run()` or `annotate()` does not know; it is ignored. An error there would stop the application's
 * operation, perhaps after it is done.
 */
export function reportUnknownOption(call: 'run' | 'annotate', options: unknown, reporter: Reporter): void {
  // An adapter's request is a context as well, with members of its own.
  if (typeof options !== 'object' || options === null || involvesProxy(options)) return
  if (Object.getPrototypeOf(options) !== Object.prototype) return
  const unknown = unknownOption(call, options)
  if (unknown !== undefined) reporter.warn(`${call}()`, `${call}(): ${unknown}. It is ignored.`)
}

/** Describes the first option that the call does not know, with the one that was probably meant. */
function unknownOption(call: keyof typeof known, options: object): string | undefined {
  const unknown = Object.keys(options).find((name) => !known[call].includes(name))
  if (unknown === undefined) return undefined
  const meant = nearest(unknown, known[call])
  return `${JSON.stringify(unknown.slice(0, 64))} is not an option${meant ? `; did you mean '${meant}'?` : ''}`
}
