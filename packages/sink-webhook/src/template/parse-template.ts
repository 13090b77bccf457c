import { jsonFault } from './json-fault.ts'
import { parsePlaceholder, type Placeholder } from './placeholder.ts'
import { TemplateError } from './template-error.ts'

/** A piece of JSON text, or a placeholder that is part of a string or a value of its own. */
export type Part = { readonly literal: string } | (Placeholder & { readonly isInString: boolean })

const MAX_LENGTH = 65_536
const MAX_PLACEHOLDERS = 200

/**
 * Splits a template, and ensures that it is JSON for any values: it must be JSON with a text for every placeholder in a string, and
 * a value for every other. Throws a TemplateError.
 */
export function parseTemplate(text: string): readonly Part[] {
  if (text.length > MAX_LENGTH) throw new TemplateError(text, MAX_LENGTH, `a template has at most ${MAX_LENGTH} characters`)
  const parts: Part[] = []
  let sample = ''
  let isInString = false
  let from = 0
  for (let open = text.indexOf('{{'); open >= 0; open = text.indexOf('{{', from)) {
    const literal = text.slice(from, open)
    const state = stringStateAfter(literal, isInString)
    isInString = state !== 'outside'
    if (state === 'in an escape') throw new TemplateError(text, open - 1, 'an escape is cut by a placeholder')
    const close = endOf(text, open)
    if (close < 0) throw new TemplateError(text, open, "'{{' without '}}'; one in double quotes does not count")
    parts.push({ literal: wellFormed(literal) }, { ...parsePlaceholder(text, open + 2, close), isInString })
    if (parts.length > 2 * MAX_PLACEHOLDERS)
      throw new TemplateError(text, open, `there are more than ${MAX_PLACEHOLDERS} placeholders`)
    // As long as the placeholder, so that positions in the sample are positions in the text.
    sample += literal + (isInString ? '' : 'null').padEnd(close + 2 - open, ' ')
    from = close + 2
  }
  const rest = text.slice(from)
  const fault = jsonFault(sample + rest)
  if (fault) throw new TemplateError(text, fault.at, `this is not JSON: ${fault.problem}`)
  return [...parts, { literal: wellFormed(rest) }]
}

/** Lone surrogates have no UTF-8, so they are sent as escapes. In JSON they are only in strings, and not after a backslash. */
function wellFormed(json: string): string {
  return json.replace(/\p{Cs}/gu, (unit) => `\\u${unit.charCodeAt(0).toString(16)}`)
}

/** Finds the `}}` of a placeholder, and skips those in quoted texts. */
function endOf(text: string, open: number): number {
  let isInText = false
  for (let at = open + 2; at < text.length - 1; at++) {
    if (isInText && text[at] === '\\') at++
    else if (text[at] === '"') isInText = !isInText
    else if (!isInText && text.startsWith('}}', at)) return at
  }
  return -1
}

function stringStateAfter(literal: string, isInString: boolean): 'outside' | 'inside' | 'in an escape' {
  let isInside = isInString
  for (let at = 0; at < literal.length; at++) {
    if (isInside && literal[at] === '\\') {
      at += literal[at + 1] === 'u' ? 5 : 1
      if (at >= literal.length) return 'in an escape'
    } else if (literal[at] === '"') isInside = !isInside
  }
  return isInside ? 'inside' : 'outside'
}
