import { AuditError } from '../errors.ts'
import { involvesProxy } from '../copy/class-name.ts'
import { statuses } from '../event/event.ts'
import { nearest } from '../event/nearest.ts'
import type { Reporter } from '../logger.ts'

// In TypeScript the compiler finds a misspelt option; in JavaScript it would silently do nothing, and an event without its target
// or with another status is false evidence. So a call with one rejects, the first time it runs.

const RECORD = ['actor', 'tenant', 'correlationId', 'before', 'status', 'reason', 'error', 'target', 'linger']
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
const worded = Object.keys(words)

/**
 * The options of a call, each read once. Throws `AUDIT_INVALID_OPTIONS` for one that `record()`, `denied()` or `begin()` does not
 * take, or that cannot be read.
 */
export function callOptions<T extends object>(
  call: 'record' | 'denied' | 'begin',
  name: string,
  given: T | undefined,
): Partial<T> {
  const { options, problem } = readOptions(call, given)
  if (problem === undefined) return options as Partial<T>
  throw new AuditError('AUDIT_INVALID_OPTIONS', `${call}('${name}'): ${problem}. Nothing was recorded.`)
}

function readOptions(
  call: keyof typeof known,
  given: unknown,
): { readonly options: object; readonly problem?: string | undefined } {
  if (given === undefined || given === null) return { options: {} }
  if (typeof given !== 'object') return { options: {}, problem: `give options as an object, not a ${typeof given}` }
  try {
    const options = { ...given }
    return { options, problem: problemOf(call, options) }
  } catch {
    return { options: {}, problem: 'the options cannot be read, because a getter or a Proxy of them throws' }
  }
}

/**
 * The members of an annotation, each read once. An error here would stop the operation, perhaps after it is done: a member that
 * cannot be read is reported and left out.
 */
export function annotationMembers(annotation: unknown, reporter: Reporter): Readonly<Record<string, unknown>> {
  reportUnknownOption('annotate', annotation, reporter)
  const members: Record<string, unknown> = {}
  if (typeof annotation !== 'object' || annotation === null) return members
  for (const name of known.annotate) {
    try {
      const value = (annotation as Readonly<Record<string, unknown>>)[name]
      if (value !== undefined) members[name] = value
    } catch {
      reporter.warn(
        `annotate() ${name}`,
        `annotate(): '${name}' cannot be read, because a getter or a Proxy throws. It is ignored.`,
      )
    }
  }
  return members
}

function problemOf(call: keyof typeof known, options: object): string | undefined {
  const unknown = unknownOption(call, options)
  if (unknown !== undefined) return unknown
  for (const name of worded) {
    const value = (options as Record<string, unknown>)[name]
    if (value === undefined || !known[call].includes(name) || words[name]!.includes(value)) continue
    return `${name}: give ${words[name]!.map((word) => `'${String(word)}'`).join(', ')}`
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
