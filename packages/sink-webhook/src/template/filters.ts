/** What is done to a value; a text comes out, whatever goes in. */
export type Filter = (value: unknown) => string

/**
 * Slack reads `<!channel>` and `<https://…|text>` in any text. docs.slack.dev, "Formatting message text": `&`, `<` and `>` are
 * to be escaped, nothing else.
 */
export const mrkdwn: Filter = (value) => textOf(value).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** Its JSON text, also where the value stands inside of a string. */
export const json: Filter = (value) => JSON.stringify(value ?? null)

/** At most so many UTF-16 units; what is cut ends in `…`, and no pair of surrogates is cut in two. */
export function limit(units: number): Filter {
  return (value) => {
    const text = textOf(value)
    return text.length <= units ? text : `${text.slice(0, units - 1).replace(/[\ud800-\udbff]$/, '')}…`
  }
}

/** A value as part of a text: nothing for nothing, texts as they are, all else as JSON. */
export function textOf(value: unknown): string {
  if (value === undefined || value === null) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}
