import { askNow } from '../ask-now.ts'
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
  const read = definition.target
  if (!read || payload === null || payload === undefined) return undefined
  const { value: id, trouble } = askNow<unknown>(() => read(payload))
  if (trouble) {
    reporter.warn(
      `target ${definition.name}`,
      `The target function of '${definition.name}' ${trouble}; the event is recorded without a target.`,
    )
  }
  if (id === undefined || id === null) return undefined
  return id === invalidMark ? invalidMark : shortText(id)
}

/** A reason is a short code for machines and people, not a story. */
export function cleanReason(reason: unknown): string | undefined {
  return reason === undefined || reason === null ? undefined : shortText(reason)
}
