import { readFile } from 'node:fs/promises'
import type { AuditEvent } from '@audit/core'
import { fliptFlag } from './tour.ts'

/** What the file says from `offset` (bytes) on, without the facts of the library itself. Throws if a line is no JSON. */
export async function readTrail(path: string, offset = 0): Promise<readonly AuditEvent[]> {
  const text = (await readFile(path)).subarray(offset).toString()
  const lines = text.split('\n')
  if (lines.pop() !== '') throw new Error(`${path} does not end with a whole line.`)
  return lines.map((line) => JSON.parse(line) as AuditEvent).filter((event) => event.type !== 'audit')
}

/** What is wrong with a trail, one sentence each: what is missing, what should not be there, what is out of order. */
export function compareTrail(trail: readonly AuditEvent[], expected: readonly string[]): readonly string[] {
  const found = trail.map(({ type, action, status }) => `${type}:${action} ${status}`)
  const missing = without(expected, found)
  const unexpected = without(found, expected)
  const isInOrder = found.every((event, index) => event === expected[index])
  return [
    ...missing.map((event) => `missing: ${event}`),
    ...unexpected.map((event) => `unexpected: ${event}`),
    ...(missing.length + unexpected.length === 0 && !isInOrder ? ['The events are out of order.'] : []),
  ]
}

/** What is wrong with the event of the flag `flipt`, which is known member by member. */
export function checkFliptFlag(trail: readonly AuditEvent[]): readonly string[] {
  const event = trail.find(({ type, action, status }) => `${type}:${action} ${status}` === 'flag:created success')
  if (!event) return []
  const { actor } = event.metadata
  const members = Object.keys(event).slice(0, 6).join()
  const payload = JSON.stringify(event.payload)
  const problems: string[] = []
  if (members !== 'version,type,action,metadata,payload,timestamp') problems.push(`flag:created begins with ${members}`)
  if (actor.authentication !== 'token' || !actor.ip) problems.push('flag:created does not say who, and from where')
  if (payload !== JSON.stringify(fliptFlag)) problems.push(`flag:created has the payload ${payload}`)
  return problems
}

/** `some` less what `others` has, each counted as often as it is there. */
function without(some: readonly string[], others: readonly string[]): readonly string[] {
  const left = [...others]
  return some.filter((event) => {
    const index = left.indexOf(event)
    if (index >= 0) left.splice(index, 1)
    return index < 0
  })
}
