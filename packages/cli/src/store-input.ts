import type { Store, StoreFilter } from '@audit/store'
import { sqliteStore } from '@audit/store-sqlite'
import { UsageError, type CommandInput, type CommandIo, type CommandOption } from './command.ts'
import { optionOf } from './command-input.ts'

/** The options of commands that read a store. */
export const storeOption: CommandOption = {
  name: 'store',
  value: 'file',
  summary: 'the SQLite file of the store; default: AUDIT_STORE, else audit.db',
}

export const filterOptions: readonly CommandOption[] = [
  {
    name: 'events',
    value: 'patterns',
    multiple: true,
    summary: 'such as flag:*, *:deleted or !flag:read, separated by commas',
  },
  { name: 'actor', value: 'who', summary: 'the id or email address of the actor' },
  { name: 'on-behalf-of', value: 'id', summary: 'the id of the account that the actor used' },
  { name: 'target', value: 'type/id', summary: 'the target of the operation' },
  { name: 'tenant', value: 'tenant', summary: 'only events of this tenant' },
  { name: 'since', value: 'time', summary: 'recorded at or after this time: 30m, 1h, 7d, or 2026-11-22T09:00:00Z' },
  { name: 'until', value: 'time', summary: 'recorded before this time' },
  { name: 'status', value: 'status', multiple: true, summary: 'success, failure, denied or attempted' },
  { name: 'text', value: 'words', summary: 'words in actor, target and payload; flip* is the beginning of a word' },
  { name: 'ip', value: 'address', summary: 'the address of the request, else of the actor' },
  { name: 'request', value: 'id', summary: 'the id of the request' },
  { name: 'correlation', value: 'id', summary: 'the correlation id' },
  { name: 'source', value: 'log', summary: 'the log that has the event' },
  {
    name: 'payload',
    value: 'pointer=value',
    multiple: true,
    summary: 'a value of the payload, as JSON or text: /enabled=true',
  },
]

/** Opens a store that exists, without writing to it. */
export function openStore(input: CommandInput, { env }: CommandIo): Store {
  return sqliteStore({ path: optionOf(input, 'store') ?? (env['AUDIT_STORE']?.trim() || 'audit.db'), readOnly: true })
}

/** Returns the filter that the options give. The store checks it. */
export function storeFilterOf(input: CommandInput): StoreFilter {
  const names = ['actor', 'target', 'tenant', 'since', 'until', 'text', 'ip', 'request', 'correlation', 'source'] as const
  const given = names.map((name) => [name, optionOf(input, name)] as const).filter(([, value]) => value !== undefined)
  const events = input.values.get('events')?.flatMap((list) => list.split(',').map((pattern) => pattern.trim()))
  const statuses = input.values.get('status')?.flatMap((list) => list.split(',').map((status) => status.trim()))
  const onBehalfOf = optionOf(input, 'on-behalf-of')
  const payload = input.values.get('payload')?.map(pointerOf)
  return {
    ...Object.fromEntries(given),
    ...(events && { events }),
    ...(statuses && { statuses: statuses as NonNullable<StoreFilter['statuses']> }),
    ...(onBehalfOf !== undefined && { onBehalfOf }),
    ...(payload && { payload: Object.fromEntries(payload) }),
  }
}

function pointerOf(given: string): readonly [string, string | number | boolean | null] {
  const end = given.indexOf('=')
  if (end < 0) throw new UsageError("--payload: give a pointer and a value, such as '/enabled=true'.")
  return [given.slice(0, end), valueOf(given.slice(end + 1))]
}

/** `true`, `7` and `null` are JSON; `"7"` is a text, and so is everything that is not JSON. */
function valueOf(text: string): string | number | boolean | null {
  try {
    const value = JSON.parse(text) as unknown
    return typeof value === 'object' && value !== null ? text : (value as string | number | boolean | null)
  } catch {
    return text
  }
}
