/**
 * What can be done to a value. `mrkdwn`: for Slack, which reads `<!channel>` and `<https://…|text>` in any text; docs.slack.dev,
 * "Formatting message text": `&`, `<` and `>` are to be escaped, nothing else. `json`: its JSON text, also where the value stands
 * inside of a string.
 */
const filters = {
  mrkdwn: (value: unknown): string => textOf(value).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;'),
  json: (value: unknown): string => JSON.stringify(value ?? null),
} as const

export type FilterName = keyof typeof filters
export const filterNames: readonly string[] = Object.keys(filters)

export function isFilter(name: string): name is FilterName {
  return Object.hasOwn(filters, name)
}

export function filtered(value: unknown, names: readonly FilterName[]): unknown {
  return names.reduce((result, name) => filters[name](result), value)
}

/** A value as part of a text: nothing for nothing, texts as they are, all else as JSON. */
export function textOf(value: unknown): string {
  if (value === undefined || value === null) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}
