import { advice } from '@audit/core/internal'

/** A piece of a message: text, or the path to a value of the event. An empty path means the event itself. */
export type Piece = { readonly text: string; readonly offset: number } | Insertion

export interface Insertion {
  readonly path: readonly string[]
  readonly isJson: boolean
  readonly offset: number
}

/** A part of a template that is not supported, and its place. */
export class GoTemplateError extends Error {
  override readonly name = 'GoTemplateError'

  constructor(text: string, offset: number, what: string) {
    const before = text.slice(0, offset).split('\n')
    super(`line ${before.length}, column ${before.at(-1)!.length + 1} of the text: ${what}`)
  }
}

const ACTION = /\{\{(-\s)?\s*([\s\S]*?)\s*(\s-)?\}\}/g
const INSERTION = /^(?:(toJson)\s+)?(\.[\w.]*)(?:\s*\|\s*(toJson))?$/
const SUPPORTED = '{{ .Payload.key }}, {{ toJson .Payload }}, {{ .Payload | toJson }} and comments'

/**
 * Parses a Go text template that only inserts values of Flipt's event. Throws a GoTemplateError with the place of any condition,
 * loop or calculation.
 */
export function parseGoTemplate(text: string): readonly Piece[] {
  const pieces: Piece[] = []
  let end = 0
  let trimsNext = false
  for (const match of text.matchAll(ACTION)) {
    const [whole, trimsBefore, inner = '', trimsAfter] = match
    addText(pieces, text.slice(end, match.index), end, { start: trimsNext, end: trimsBefore !== undefined })
    if (!/^\/\*[\s\S]*\*\/$/.test(inner)) pieces.push(parseAction(inner, text, match.index))
    end = match.index + whole.length
    trimsNext = trimsAfter !== undefined
  }
  const open = text.indexOf('{{', end)
  if (open !== -1) throw new GoTemplateError(text, open, "'{{' is never closed")
  addText(pieces, text.slice(end), end, { start: trimsNext, end: false })
  return pieces
}

function addText(pieces: Piece[], text: string, offset: number, trim: { readonly start: boolean; readonly end: boolean }): void {
  const fromStart = trim.start ? text.trimStart() : text
  const trimmed = trim.end ? fromStart.trimEnd() : fromStart
  if (trimmed !== '') pieces.push({ text: trimmed, offset: offset + text.length - fromStart.length })
}

function parseAction(inner: string, text: string, offset: number): Insertion {
  const fail = (what: string) => new GoTemplateError(text, offset, what)
  const [, called, written = '', piped] = INSERTION.exec(inner) ?? []
  if (written === '') {
    const word = /^\w+/.exec(inner)?.[0]
    throw fail(`${word ? `'${word}'` : 'this'} is not supported; use ${SUPPORTED}`)
  }
  if (called && piped) throw fail('toJson is used twice')
  const path = written === '.' ? [] : written.slice(1).split('.')
  const isJson = called !== undefined || piped !== undefined
  const problem = problemWith(path, isJson)
  if (problem) throw fail(problem)
  return { path, isJson, offset }
}

/** The members of Flipt's event; `true` is a text, `'any'` the members of a payload. */
interface Members {
  readonly [name: string]: true | 'any' | Members
}

const event: Members = {
  Version: true,
  Type: true,
  Action: true,
  Metadata: { Actor: { Authentication: true, IP: true, Email: true, Name: true, Picture: true } },
  Payload: 'any',
  Timestamp: true,
  Status: true,
}

function problemWith(path: readonly string[], isJson: boolean): string | undefined {
  let at: Members[string] = event
  for (const [index, part] of path.entries()) {
    if (part === '') return 'a name is missing before or after a point'
    if (at === 'any') return undefined
    const before = path
      .slice(0, index)
      .map((name) => `.${name}`)
      .join('')
    if (at === true) return `${before} has no members`
    const next: Members[string] | undefined = Object.hasOwn(at, part) ? at[part] : undefined
    if (next === undefined) return `Flipt's event has no ${before}.${part}${advice(part, Object.keys(at))}`
    at = next
  }
  if (at === true || isJson) return undefined
  return `.${path.join('.')} is not a text; write {{ toJson .${path.join('.')} }}`
}
