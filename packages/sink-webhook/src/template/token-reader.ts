import { TemplateError } from './template-error.ts'

export interface Token {
  readonly kind: 'path' | 'text' | 'number' | '??' | '|'
  readonly value: string
  /** Its offset in the template. */
  readonly at: number
}

const TEXT = String.raw`"(?:[^"\\]|\\.)*"`
const PATH = String.raw`\.(?![\w"[.])|[A-Za-z_][\w-]*(?:\.[\w-]+|\[${TEXT}\])*`
// Each alternative begins with a different character, so a text is read in one way, without backtracking.
const TOKEN = new RegExp(String.raw`(\?\?|\|)|(${TEXT})|(\d+)|(${PATH})`, 'ys')
const MEMBER = new RegExp(String.raw`\.?([\w-]+)|\[(${TEXT})\]`, 'ys')
const SPACE = /\s*/y

/** Reads the tokens of `text` between two offsets. Throws a TemplateError for any other text. */
export class TokenReader {
  readonly text: string
  readonly #end: number
  #at: number
  #next: Token | undefined

  constructor(text: string, from: number, end: number) {
    this.text = text
    this.#end = end
    this.#at = from
    this.#next = this.#read()
  }

  /** The next token, without consuming it; undefined at the end. */
  get next(): Token | undefined {
    return this.#next
  }

  /** Consumes and returns the next token if it is of this kind. */
  take(kind: Token['kind']): Token | undefined {
    const token = this.#next
    if (token?.kind !== kind) return undefined
    this.#next = this.#read()
    return token
  }

  /** An error at the next token, or at the end. */
  error(problem: string): TemplateError {
    return new TemplateError(this.text, this.#next?.at ?? this.#end, problem)
  }

  #read(): Token | undefined {
    SPACE.lastIndex = this.#at
    SPACE.exec(this.text)
    const at = SPACE.lastIndex
    if (at >= this.#end) return undefined
    TOKEN.lastIndex = at
    const [value, operator, text, number] = TOKEN.exec(this.text) ?? []
    if (value === undefined) throw new TemplateError(this.text, at, UNREADABLE)
    this.#at = at + value.length
    return { kind: (operator as '??' | '|' | undefined) ?? (text ? 'text' : number ? 'number' : 'path'), value, at }
  }
}

const UNREADABLE = 'this cannot be read; use members such as target.id, texts in double quotes, ?? and |'

/** Splits a path into its members. */
export function membersOf(path: Token, template: string): readonly string[] {
  if (path.value === '.') return []
  const members: string[] = []
  MEMBER.lastIndex = 0
  for (let match = MEMBER.exec(path.value); match; match = MEMBER.exec(path.value)) {
    const [, name, quoted] = match
    members.push(name ?? unquoted(quoted!, template, path.at))
  }
  return members
}

/** Decodes a text in double quotes. Throws a TemplateError if it is not a JSON string. */
export function unquoted(text: string, template: string, at: number): string {
  try {
    return JSON.parse(text) as string
  } catch {
    throw new TemplateError(template, at, 'the text in double quotes is not a JSON string')
  }
}
