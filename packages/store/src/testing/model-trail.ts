import type { AuditEvent, Batch, Status } from '@audit/core/sink'
import { sampleBatch } from '@audit/core/testing'
import type { Scope } from '../scope.ts'
import type { StoreFilter } from '../store-filter.ts'
import type { Random } from './random.ts'
import { START } from './sample-trail.ts'

/** A filter and an independent test of the same. */
export interface ModelFilter {
  readonly filter: StoreFilter
  matches(event: AuditEvent): boolean
}

const TIMES = 300
export const modelTenants: readonly string[] = ['acme', 'globex', 'initech', 'a%', "o'neil"]
const nouns = ['flag', 'user', 'segment']
const verbs = ['created', 'updated', 'deleted']
const statuses: readonly Status[] = ['success', 'failure', 'denied', 'attempted']
const ids = Array.from({ length: 12 }, (_, index) => `id_${index}`)
const colours = ['red', 'green', 'blue', 'infrared']

/** Returns events of few timestamps, so that many share one, with values that filters of the model select. */
export function modelBatch(random: Random, count: number): Batch {
  return sampleBatch(count, () => {
    const isSystemEvent = random.chance(0.05)
    const id = random.pick(ids)
    const email = random.chance(0.5) ? `${id}@Example.com` : undefined
    return {
      type: isSystemEvent ? 'audit' : random.pick(nouns),
      action: isSystemEvent ? 'opened' : random.pick(verbs),
      status: random.chance(0.6) ? 'success' : random.pick(statuses),
      timestamp: new Date(START + random.below(TIMES) * 1_000).toISOString(),
      target: { type: random.pick(nouns), id: random.pick(ids) },
      payload: { colour: random.pick(colours), level: random.below(4), on: random.chance(0.5) },
      metadata: {
        actor: { authentication: 'token', id, ...(email !== undefined && { email }) },
        ...(!isSystemEvent && random.chance(0.9) && { tenant: random.pick(modelTenants) }),
        ...(random.chance(0.3) && { request: { id: random.pick(ids), ip: `192.0.2.${random.below(5)}` } }),
        ...(random.chance(0.2) && { correlationId: random.pick(ids) }),
      },
    }
  })
}

export function modelScope(random: Random): Scope {
  return { tenants: random.chance(0.3) ? 'all' : random.some(modelTenants) }
}

/** True if a reader of the scope may see the event. */
export function isInScope({ tenants }: Scope, { metadata }: AuditEvent): boolean {
  return tenants === 'all' || (metadata.tenant !== undefined && tenants.includes(metadata.tenant))
}

/** Returns a filter of up to four members. */
export function modelFilter(random: Random): ModelFilter {
  const parts: ModelFilter[] = []
  const wanted = random.below(4)
  for (let index = 0; index < wanted; index++) parts.push(random.pick(makers)(random))
  return {
    filter: Object.assign({}, ...parts.map(({ filter }) => filter)) as StoreFilter,
    // A later member of the same name replaces an earlier one.
    matches: (event) =>
      parts.every((part, index) => {
        const names = Object.keys(part.filter)
        const isReplaced = parts.slice(index + 1).some((later) => names.some((name) => name in later.filter))
        return isReplaced || part.matches(event)
      }),
  }
}

const makers: readonly ((random: Random) => ModelFilter)[] = [
  (random) => {
    const noun = random.pick(nouns)
    return { filter: { events: [`${noun}:*`] }, matches: ({ type }) => type === noun }
  },
  (random) => {
    const verb = random.pick(verbs)
    return { filter: { events: [`*:${verb}`, '!flag:*'] }, matches: ({ type, action }) => action === verb && type !== 'flag' }
  },
  () => ({ filter: { events: ['!audit:opened'] }, matches: ({ type }) => type !== 'audit' }),
  (random) => {
    const id = random.pick(ids)
    return { filter: { actor: id }, matches: ({ metadata }) => metadata.actor.id === id }
  },
  (random) => {
    const email = `${random.pick(ids)}@example.COM`
    return {
      filter: { actor: email },
      matches: ({ metadata }) => metadata.actor.email?.toLowerCase() === email.toLowerCase(),
    }
  },
  (random) => {
    const [type, id] = [random.pick(nouns), random.pick(ids)]
    return { filter: { target: `${type}/${id}` }, matches: ({ target }) => target?.type === type && target.id === id }
  },
  (random) => {
    const tenant = random.pick(modelTenants)
    return { filter: { tenant }, matches: ({ metadata }) => metadata.tenant === tenant }
  },
  (random) => {
    const [since, length] = [START + random.below(TIMES) * 1_000, random.below(TIMES) * 1_000]
    const until = since + length
    return {
      filter: { since: new Date(since), until: new Date(until).toISOString() },
      matches: ({ timestamp }) => Date.parse(timestamp) >= since && Date.parse(timestamp) < until,
    }
  },
  (random) => {
    const wanted = [random.pick(statuses), random.pick(statuses)]
    return { filter: { statuses: wanted }, matches: ({ status }) => wanted.includes(status) }
  },
  (random) => {
    const colour = random.pick(colours)
    return { filter: { text: colour }, matches: ({ payload }) => (payload as { colour: string }).colour === colour }
  },
  (random) => {
    const [noun, colour] = [random.pick(nouns), random.pick(colours).slice(0, 2)]
    return {
      filter: { text: `${colour}* ${noun}` },
      matches: ({ payload, target }) => (payload as { colour: string }).colour.startsWith(colour) && target?.type === noun,
    }
  },
  (random) => {
    const [level, on] = [random.below(4), random.chance(0.5)]
    return {
      filter: { payload: { '/level': level, '/on': on } },
      matches: ({ payload }) => (payload as { level: number }).level === level && (payload as { on: boolean }).on === on,
    }
  },
  (random) => {
    const ip = `192.0.2.${random.below(5)}`
    return { filter: { ip }, matches: ({ metadata }) => metadata.request?.ip === ip }
  },
  (random) => {
    const correlation = random.pick(ids)
    return { filter: { correlation }, matches: ({ metadata }) => metadata.correlationId === correlation }
  },
  (random) => {
    const request = random.pick(ids)
    return { filter: { request }, matches: ({ metadata }) => metadata.request?.id === request }
  },
]
