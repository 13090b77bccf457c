import type { AuditEvent } from '@audit/core/sink'
import { isMap, type ConfigNode, type ListNode, type MapNode, type Origin } from './config-tree.ts'
import { compileFliptMessage, type FliptMessage } from '../templates/flipt-message.ts'
import { mapOf, type FliptValues } from './flipt-values.ts'
import { GoTemplateError } from '../templates/go-template.ts'

/** The bodies of templates, by the name of their sink. */
export type FliptBodies = Map<string, (event: AuditEvent) => unknown>

/**
 * Makes a sink for each template, so that a receiver that is down does not delay the others. Its name is `template:` and the host:
 * the journal keeps the sink's offset under the name, and the order of templates may change.
 */
export function translateTemplates(
  values: FliptValues,
  templates: ListNode,
  retry: MapNode,
  bodies: FliptBodies,
): readonly (readonly [string, ConfigNode])[] {
  const names = new Set<string>()
  return templates.items.flatMap((_, index) => {
    const path = `audit.sinks.webhook.templates.${index}`
    const url = values.text(`${path}.url`)
    const message = messageOf(values, path)
    const method = values.text(`${path}.method`)
    if (!url) values.problem(`${path}.url`, 'it is missing; give the URL to post to')
    if (method && String(method.value).toUpperCase() !== 'POST')
      values.problem(
        `${path}.method`,
        'Flipt ignores this key and sends POST, and so does this package; give POST, or leave it out',
      )
    const headers = headersOf(values, `${path}.headers`)
    if (!url || !message) return []
    const name = nameFor(String(url.value), names)
    if (message.body) bodies.set(name, message.body)
    const origin = values.origin(path)
    const format = message.body ? undefined : 'flipt'
    return [
      [name, mapOf(origin, { type: 'webhook', url, headers, retry, format, statuses: statusesOf(message, origin) })] as const,
    ]
  })
}

function messageOf(values: FliptValues, path: string): FliptMessage | undefined {
  const body = values.text(`${path}.body`)
  if (!body) {
    values.problem(`${path}.body`, 'it is missing; give the message to send')
    return undefined
  }
  try {
    return compileFliptMessage(String(body.value))
  } catch (error) {
    if (!(error instanceof GoTemplateError)) throw error
    values.problem(`${path}.body`, error.message)
    return undefined
  }
}

function headersOf(values: FliptValues, path: string): ConfigNode | undefined {
  const headers = values.at(path)
  if (headers === undefined) return undefined
  if (isMap(headers)) return textMembers(values, path, headers)
  values.problem(path, 'give a mapping of names to texts')
  return undefined
}

/** Converts numbers to texts, as Flipt does. */
function textMembers(values: FliptValues, path: string, headers: MapNode): MapNode {
  const members = Array.from(headers.members, ([name, node]) => [name, values.text(`${path}.${name}`) ?? node] as const)
  return { ...headers, members: new Map(members) }
}

function statusesOf({ statuses }: FliptMessage, origin: Origin): ListNode {
  return { kind: 'list', origin, items: statuses.map((value) => ({ kind: 'scalar', value, origin })) }
}

function nameFor(url: string, names: Set<string>): string {
  const host = `template:${URL.parse(url)?.host ?? names.size}`
  let name = host
  for (let count = 2; names.has(name); count++) name = `${host}#${count}`
  names.add(name)
  return name
}
