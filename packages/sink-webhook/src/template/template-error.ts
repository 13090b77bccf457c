/** The reason why a template is invalid, and its line and column, counted from 1. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError'
  readonly line: number
  readonly column: number

  constructor(text: string, offset: number, problem: string) {
    const before = text.slice(0, offset).split('\n')
    const [line, column] = [before.length, before.at(-1)!.length + 1]
    super(`line ${line}, column ${column}: ${problem}`)
    this.line = line
    this.column = column
  }
}
