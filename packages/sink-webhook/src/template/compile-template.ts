import { escapeUnsafe } from '@audit/core/internal'
import { SinkError, type AuditEvent } from '@audit/core/sink'
import { valueAt } from './event-members.ts'
import { textOf } from './filters.ts'
import { parseTemplate } from './parse-template.ts'
import type { Placeholder } from './placeholder.ts'

/** Four times the longest possible event. Only a message that repeats large payloads gets there. */
const MAX_LENGTH = 4 * 1024 * 1024

/**
 * Compiles a message: JSON text in which `{{ target.id }}` stands for a value of the event. In a string the value becomes part of
 * the text, elsewhere a value of its own. The result is JSON, whatever the values are. Throws a TemplateError, with the place in the
 * text, for an invalid template. The returned function throws a SinkError that is not retryable if a message gets longer than 4 Mi
 * characters.
 */
export function compileTemplate(text: string): (event: AuditEvent) => string {
  const parts = parseTemplate(text)
  return (event) => {
    let body = ''
    for (const part of parts) {
      if ('literal' in part) body += part.literal
      else body += part.isInString ? inString(part, event) : asValue(part, event)
      if (body.length > MAX_LENGTH) throw new SinkError(TOO_LONG, { retryable: false })
    }
    return escapeUnsafe(body)
  }
}

function inString(placeholder: Placeholder, event: AuditEvent): string {
  return JSON.stringify(textOf(valueOf(placeholder, event))).slice(1, -1)
}

function asValue(placeholder: Placeholder, event: AuditEvent): string {
  return JSON.stringify(valueOf(placeholder, event) ?? null)
}

/** The first source with a non-empty value, else the first that exists, even if empty; then the filters. */
function valueOf({ sources, filters }: Placeholder, event: AuditEvent): unknown {
  let found: unknown
  for (const source of sources) {
    const value = 'text' in source ? source.text : valueAt(event, source.path)
    found ??= value
    if (value === undefined || value === null || value === '') continue
    found = value
    break
  }
  return filters.reduce((value, filter) => filter(value), found)
}

const TOO_LONG = `A message is longer than ${MAX_LENGTH} characters; shorten its values in 'body' with limit.`
