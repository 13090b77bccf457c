import { escapeUnsafe, type AuditEvent } from '@audit/core/sink'
import { valueAt } from './event-members.ts'
import { filtered, textOf } from './filters.ts'
import { parseTemplate } from './parse-template.ts'
import type { Placeholder } from './placeholder.ts'

/**
 * Compiles a message: JSON text in which `{{ target.id }}` stands for a value of the event. Inside of a string the value becomes part
 * of the text, elsewhere it becomes a value of its own. What comes out is JSON for every event, whatever its values are. Throws a
 * TemplateError, with the place in the text, for a template that cannot work.
 */
export function compileTemplate(text: string): (event: AuditEvent) => string {
  const parts = parseTemplate(text)
  return (event) => {
    let body = ''
    for (const part of parts) {
      if ('literal' in part) body += part.literal
      else body += part.isInString ? inString(part, event) : asValue(part, event)
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

/** The first source that says something: neither nothing nor an empty text. */
function valueOf({ sources, filters }: Placeholder, event: AuditEvent): unknown {
  for (const source of sources) {
    const value = 'text' in source ? source.text : valueAt(event, source.path)
    if (value !== undefined && value !== null && value !== '') return filtered(value, filters)
  }
  return filters.length > 0 ? filtered(undefined, filters) : undefined
}
