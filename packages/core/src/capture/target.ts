import { types } from 'node:util'
import type { Reporter } from '../logger.ts'
import type { EventDefinition } from '../event/catalog.ts'
import type { Target } from '../event/event.ts'
import { data, involvesProxy } from '../event/class-name.ts'
import { shortText } from './short-text.ts'
import { invalidMark } from './mask-invalid.ts'

/** The thing acted upon: as the call says, else as the definition reads it from the payload. Never throws. */
export function targetOf(
  definition: EventDefinition,
  given: { readonly target?: Target | string },
  payload: unknown,
  reporter: Reporter,
): Target | undefined {
  const target = given.target ?? fromPayload(definition, payload, reporter)
  if (target === undefined || target === null || target === invalidMark) return undefined
  if (typeof target !== 'object' || involvesProxy(target)) return { type: definition.type, id: shortText(target) }
  const name = data(target, 'name')
  return {
    type: shortText(data(target, 'type') ?? definition.type),
    id: shortText(data(target, 'id')),
    ...(name !== undefined && name !== null && { name: shortText(name) }),
  }
}

function fromPayload(definition: EventDefinition, payload: unknown, reporter: Reporter): string | undefined {
  if (!definition.target || payload === null || payload === undefined) return undefined
  try {
    const id: unknown = definition.target(payload)
    if (id === undefined || id === null) return undefined
    // Nobody would wait for it, and its rejection must not end the process.
    if (types.isPromise(id)) id.catch(() => undefined)
    return id === invalidMark ? invalidMark : shortText(id)
  } catch {
    reporter.warn(
      `target ${definition.name}`,
      `The target function of '${definition.name}' threw; the event is recorded without a target.`,
    )
    return undefined
  }
}

/** A reason is a short code for machines and people, not a story. */
export function cleanReason(reason: unknown): string | undefined {
  return reason === undefined || reason === null ? undefined : shortText(reason)
}
