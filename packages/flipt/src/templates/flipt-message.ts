import type { AuditEvent } from '@audit/core/sink'
import { fliptEvent, fliptKnows, type FliptEvent } from '../flipt-event.ts'
import { GoTemplateError, parseGoTemplate, type Insertion, type Piece } from './go-template.ts'

/** The body of a Flipt template, and the statuses for which it may be sent. */
export interface FliptMessage {
  readonly statuses: readonly ('success' | 'denied')[]
  /** Left out: the event itself is sent, byte for byte as Flipt sends it. */
  readonly body?: (event: AuditEvent) => unknown
}

/**
 * Compiles the body of a template. The result is always JSON, whatever the values of an event are. A template that does not show the
 * status receives only successes: it would report a denied deletion as done. Throws a GoTemplateError.
 */
export function compileFliptMessage(text: string): FliptMessage {
  const pieces = parseGoTemplate(text)
  const insertions = pieces.filter((piece) => 'path' in piece)
  const showsStatus = insertions.some(({ path }) => path.length === 0 || path[0] === 'Status')
  const statuses = showsStatus ? fliptKnows.statuses : (['success'] as const)
  const [only, ...others] = pieces.filter((piece) => 'path' in piece || piece.text.trim() !== '')
  if (only && 'path' in only && only.path.length === 0 && others.length === 0) return { statuses }
  const slots = slotsOf(pieces)
  checkJson(slots, text)
  return { statuses, body: (event) => JSON.parse(render(slots, fliptEvent(event))) as unknown }
}

/** A piece of a message. `isInString`: it is inside a JSON string. */
interface Slot {
  readonly piece: Piece
  readonly isInString: boolean
}

function slotsOf(pieces: readonly Piece[]): readonly Slot[] {
  let isInString = false
  return pieces.map((piece) => {
    const slot = { piece, isInString }
    // An escaped quote neither opens nor closes.
    if ('text' in piece) for (const [mark] of piece.text.matchAll(/\\[\s\S]|"/g)) if (mark === '"') isInString = !isInString
    return slot
  })
}

function checkJson(slots: readonly Slot[], text: string): void {
  const written = slots.map(({ piece, isInString }) => ('text' in piece ? piece.text : isInString ? '' : 'null'))
  try {
    JSON.parse(written.join(''))
  } catch (error) {
    let at = Number(/at position (\d+)/.exec((error as Error).message)?.[1] ?? written.join('').length)
    for (const [index, { piece }] of slots.entries()) {
      const { length } = written[index]!
      if (at < length) throw new GoTemplateError(text, piece.offset + ('text' in piece ? at : 0), NOT_JSON)
      at -= length
    }
    throw new GoTemplateError(text, text.length, NOT_JSON)
  }
}

const NOT_JSON = 'the message stops being JSON here; Flipt would send none of its events'

function render(slots: readonly Slot[], view: FliptEvent): string {
  return slots
    .map(({ piece, isInString }) => {
      if ('text' in piece) return piece.text
      const value = valueAt(view, piece)
      if (!isInString) return isLiteral(value, piece) ? String(value) : JSON.stringify(value ?? null)
      return JSON.stringify(textOf(value, piece.isJson)).slice(1, -1)
    })
    .join('')
}

function valueAt(view: FliptEvent, { path }: Insertion): unknown {
  let at: unknown = view
  for (const [index, part] of path.entries()) {
    // Go's names of the event's members are those of the JSON in another case. A payload has its own names.
    const name = path[0] === 'Payload' && index > 0 ? part : part.toLowerCase()
    const isObject = typeof at === 'object' && at !== null && !Array.isArray(at)
    at = isObject && Object.hasOwn(at as object, name) ? (at as Record<string, unknown>)[name] : undefined
  }
  return at
}

/** Go writes a text unquoted: outside of quotes `0.2` becomes a number. Any text that would break the JSON is quoted. */
function isLiteral(value: unknown, { isJson }: Insertion): boolean {
  return !isJson && /^(-?(0|[1-9]\d{0,20})(\.\d{1,20})?|true|false|null)$/.test(String(value))
}

function textOf(value: unknown, isJson: boolean): string {
  if (!isJson && (value === undefined || value === null)) return ''
  return typeof value === 'string' && !isJson ? value : JSON.stringify(value ?? null)
}
