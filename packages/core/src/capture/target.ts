import { askNow } from '../ask-now.ts'
import type { Reporter } from '../logger.ts'
import type { EventDefinition } from '../event/catalog.ts'
import type { Target } from '../event/event.ts'
import { idText } from '../event/id-text.ts'
import { knownId } from '../copy/known-id.ts'
import type { Conversion } from '../copy/plain-copy.ts'
import { data, involvesProxy } from '../copy/class-name.ts'
import { shortText } from './short-text.ts'
import { invalidMark } from './mask-invalid.ts'

export interface TargetRules {
  readonly convert: readonly Conversion[]
  readonly reporter: Reporter
}

/** Returns the target that the call names, else the one that the definition reads from the payload. Never throws. */
export function targetOf(
  definition: EventDefinition,
  given: { readonly target?: Target | string },
  payload: unknown,
  rules: TargetRules,
): Target | undefined {
  const target: unknown = given.target ?? fromPayload(definition, payload, rules)
  if (target === undefined || target === null || target === invalidMark) return undefined
  const { type, id, name } = membersOf(target)
  const { text, isRead } = idText(id, rules.convert)
  if (id === undefined || id === null || (!isRead && id === target)) return void reportUnreadable(definition, text, rules)
  return {
    type: shortText(type ?? definition.type),
    id: shortText(text),
    ...(name !== undefined && name !== null && { name: shortText(name) }),
  }
}

/** A target has `type` and `id`; any other value is an id itself. */
function membersOf(target: unknown): { readonly type?: unknown; readonly id: unknown; readonly name?: unknown } {
  if (typeof target !== 'object' || target === null || involvesProxy(target)) return { id: target }
  if (knownId(target) !== undefined || data(target, 'id') === undefined) return { id: target }
  return { type: data(target, 'type'), id: data(target, 'id'), name: data(target, 'name') }
}

function reportUnreadable({ name }: EventDefinition, kind: string, { reporter }: TargetRules): void {
  reporter.warn(
    `target ${name}`,
    `The target of '${name}' has no id that can be read (${kind}); the event is recorded without a target. Give { type, id }, or the id as text.`,
  )
}

function fromPayload(definition: EventDefinition, payload: unknown, { reporter }: TargetRules): unknown {
  const read = definition.target
  if (!read || payload === null || payload === undefined) return undefined
  const { value: id, trouble } = askNow<unknown>(() => read(payload))
  if (trouble) {
    reporter.warn(
      `target ${definition.name}`,
      `The target function of '${definition.name}' ${trouble}; the event is recorded without a target.`,
    )
  }
  return id
}

/** A reason is a short code for machines and people, not a story. */
export function cleanReason(reason: unknown): string | undefined {
  return reason === undefined || reason === null ? undefined : shortText(reason)
}
