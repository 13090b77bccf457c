import { escapeUnsafe, SinkError, type AuditEvent } from '@audit/core/sink'
import { valueAt } from './event-members.ts'
import { textOf } from './filters.ts'
import { parseTemplate } from './parse-template.ts'
import type { Placeholder } from './placeholder.ts'

/** Four times the longest event there can be. Only a text that repeats large payloads gets there. */
const MAX_LENGTH = 4 * 1024 * 1024

/**
 * Compiles a message: JSON text in which `{{ target.id }}` stands for a value of the event. Inside of a string the value becomes
 * part of the text, elsewhere it becomes a value of its own. What comes out is JSON, whatever the values of an event are. Throws
 * a TemplateError, with the place in the text, for a template that cannot work; what it returns throws a SinkError that is not
 * retryable if a message gets longer than 4 Mi characters.
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

/** The first source that says something; else the first that is there, if only as an empty text; then the filters. */
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

const TOO_LONG = `A message has more than ${MAX_LENGTH} characters; let 'body' show less of the event, with limit.`
