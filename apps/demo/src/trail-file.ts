import { readFile } from 'node:fs/promises'
import type { AuditEvent } from '@audit/core'
import { fliptFlag } from './tour.ts'

/** Reads the events from `offset` (bytes) on, without system events. Throws if a line is not JSON. */
export async function readTrail(path: string, offset = 0): Promise<readonly AuditEvent[]> {
  const text = (await readFile(path)).subarray(offset).toString()
  const lines = text.split('\n')
  if (lines.pop() !== '') throw new Error(`${path} does not end with a whole line.`)
  return lines.map((line) => JSON.parse(line) as AuditEvent).filter((event) => event.type !== 'audit')
}

/** Lists the problems of a trail, one sentence each: missing events, unexpected events, wrong order. */
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

/** Lists the problems in the event of the flag `flipt`, whose members are all known. */
export function checkFliptFlag(trail: readonly AuditEvent[]): readonly string[] {
  const event = trail.find(({ type, action, status }) => `${type}:${action} ${status}` === 'flag:created success')
  if (!event) return []
  const { actor } = event.metadata
  const members = Object.keys(event).slice(0, 6).join()
  const payload = JSON.stringify(event.payload)
  const problems: string[] = []
  if (members !== 'version,type,action,metadata,payload,timestamp') problems.push(`flag:created begins with ${members}`)
  if (actor.authentication !== 'token' || !actor.ip)
    problems.push('flag:created lacks the authentication or the IP address of its actor')
  if (payload !== JSON.stringify(fliptFlag)) problems.push(`flag:created has the payload ${payload}`)
  return problems
}

/** Returns `some` without `others`, with repetitions counted. */
function without(some: readonly string[], others: readonly string[]): readonly string[] {
  const left = [...others]
  return some.filter((event) => {
    const index = left.indexOf(event)
    if (index >= 0) left.splice(index, 1)
    return index < 0
  })
}
