import type { Reporter } from '../logger.ts'
import type { EventDefinition } from '../event/catalog.ts'
import type { Target } from '../event/event.ts'
import { invalidMark } from './mask-invalid.ts'

const MAX_LENGTH = 256

/** The thing acted upon: as the call says, else as the definition reads it from the payload. */
export function targetOf(
  definition: EventDefinition,
  given: { readonly target?: Target | string },
  payload: unknown,
  reporter: Reporter,
): Target | undefined {
  if (typeof given.target === 'object' && given.target !== null) {
    const { type, id, name } = given.target
    return { type: text(type), id: text(id), ...(name !== undefined && { name: text(name) }) }
  }
  const id = given.target ?? fromPayload(definition, payload, reporter)
  return id === undefined || id === null || id === invalidMark ? undefined : { type: definition.type, id: text(id) }
}

function fromPayload(definition: EventDefinition, payload: unknown, reporter: Reporter): unknown {
  if (!definition.target || payload === null || payload === undefined) return undefined
  try {
    return definition.target(payload)
  } catch {
    reporter.warn(`target ${definition.name}`, `The target function of '${definition.name}' threw; the event is recorded without a target.`)
    return undefined
  }
}

/** A reason is a short code for machines and people, not a story. */
export function cleanReason(reason: unknown): string | undefined {
  return reason === undefined || reason === null ? undefined : text(reason)
}

function text(value: unknown): string {
  return (typeof value === 'string' ? value : typeof value === 'object' ? '[object]' : String(value)).slice(0, MAX_LENGTH)
}
