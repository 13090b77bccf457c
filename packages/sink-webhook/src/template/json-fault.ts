/** The place where a text stops being JSON, and the reason. */
export interface JsonFault {
  readonly at: number
  readonly problem: string
}

const MAX_DEPTH = 100
const SCALAR = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
// The class begins at the space: JSON does not allow earlier characters in a string.
const CHARACTERS = /(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/y
const SPACE = /[ \t\r\n]*/y

/** Returns undefined if the text is one JSON value: RFC 8259. `JSON.parse` decides the same, but does not always report the place. */
export function jsonFault(text: string): JsonFault | undefined {
  const reader = new JsonReader(text)
  try {
    reader.read()
    return undefined
  } catch (fault) {
    if (fault instanceof Fault) return { at: fault.at, problem: fault.problem }
    throw fault
  }
}

class Fault {
  readonly at: number
  readonly problem: string

  constructor(at: number, problem: string) {
    this.at = at
    this.problem = problem
  }
}

class JsonReader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  read(): void {
    this.#value(0)
    if (this.#at < this.#text.length) throw this.#expected('the end')
  }

  #value(depth: number): void {
    this.#take(SPACE)
    if (depth > MAX_DEPTH) throw new Fault(this.#at, `it is nested deeper than ${MAX_DEPTH}`)
    const first = this.#text[this.#at]
    if (first === '{') this.#list('}', () => this.#member(depth))
    else if (first === '[') this.#list(']', () => this.#value(depth + 1))
    else if (first === '"') this.#string()
    else if (!this.#take(SCALAR)) throw this.#expected('a value')
    this.#take(SPACE)
  }

  #member(depth: number): void {
    this.#take(SPACE)
    if (this.#text[this.#at] !== '"') throw this.#expected('a name in double quotes')
    this.#string()
    this.#take(SPACE)
    if (this.#text[this.#at] !== ':') throw this.#expected("':'")
    this.#at++
    this.#value(depth + 1)
  }

  #list(end: string, item: () => void): void {
    this.#at++
    this.#take(SPACE)
    if (this.#text[this.#at] === end) return void this.#at++
    for (;;) {
      item()
      this.#take(SPACE)
      if (this.#text[this.#at] === end) return void this.#at++
      if (this.#text[this.#at] !== ',') throw this.#expected(`',' or '${end}'`)
      this.#at++
    }
  }

  #string(): void {
    const open = this.#at++
    this.#take(CHARACTERS)
    const end = this.#text[this.#at]
    if (end === undefined) throw new Fault(open, 'the string that begins here never ends')
    if (end === '\\') throw new Fault(this.#at, 'JSON has no such escape; write a backslash twice')
    if (end !== '"')
      throw new Fault(this.#at, 'a line end or control character in a string must be written as an escape, such as \\n')
    this.#at++
  }

  #take(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at
    const match = pattern.exec(this.#text)
    if (match) this.#at += match[0].length
    return match !== null
  }

  #expected(what: string): Fault {
    return new Fault(this.#at, `${what} is expected${this.#at >= this.#text.length ? ', and the text ends' : ''}`)
  }
}
