/** Turns any value into a text. */
export type Filter = (value: unknown) => string

/**
 * Escapes text for Slack, which reads `<!channel>` and `<https://…|text>` in any text. docs.slack.dev, "Formatting message text":
 * escape `&`, `<` and `>`, nothing else.
 */
export const mrkdwn: Filter = (value) => textOf(value).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** The value as JSON text, also inside a string. */
export const json: Filter = (value) => JSON.stringify(value ?? null)

/** Cuts a text to this number of UTF-16 units. A cut text ends in `…`, and no surrogate pair is split. */
export function limit(units: number): Filter {
  return (value) => {
    const text = textOf(value)
    return text.length <= units ? text : `${text.slice(0, units - 1).replace(/[\ud800-\udbff]$/, '')}…`
  }
}

/** A value as part of a text: missing values become empty, texts stay, all others become JSON. */
export function textOf(value: unknown): string {
  if (value === undefined || value === null) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}
