import type { Status } from '@audit/core/sink'
import type { EventColumns } from './event-columns.ts'
import type { ResolvedSummaryOptions } from './reader-options.ts'
import type { Facet, Summary, SummaryBar } from './store.ts'

/** The most events that a summary counts. */
export const MAX_COUNTED = 100_000
/** A bound of memory: values of a facet beyond it are not counted, which only rare ones are. */
const MAX_VALUES = 10_000

const SECOND = 1_000
const HOUR = 3_600 * SECOND
const DAY = 24 * HOUR
/** Lengths of periods that people read at a glance. */
const steps = [1, 5, 15, 30, 60, 300, 900, 1_800].map((seconds) => seconds * SECOND)
steps.push(...[1, 3, 6, 12].map((hours) => hours * HOUR), ...[1, 2, 7, 14, 30, 90, 365, 3_650, 36_500].map((days) => days * DAY))

const values: { readonly [name in Facet]: (columns: EventColumns) => string | undefined } = {
  event: ({ name }) => name,
  status: ({ status }) => status,
  actor: ({ actor, email }) => actor ?? email,
  target: ({ targetType, targetId }) => (targetType === undefined ? undefined : `${targetType}/${targetId ?? ''}`),
  tenant: ({ tenant }) => tenant,
  source: ({ source }) => source,
  ip: ({ ip }) => ip,
}

/** Counts events for a summary. */
export class EventCounts {
  readonly #options: ResolvedSummaryOptions
  readonly #times: { readonly at: number; readonly status: Status }[] = []
  readonly #facets: ReadonlyMap<Facet, Map<string, number>>

  constructor(options: ResolvedSummaryOptions) {
    this.#options = options
    this.#facets = new Map(options.facets.map((name) => [name, new Map()]))
  }

  /** True: no further event may be added. */
  get isFull(): boolean {
    return this.#times.length >= MAX_COUNTED
  }

  add(columns: EventColumns): void {
    this.#times.push({ at: columns.at, status: columns.status })
    for (const [name, counts] of this.#facets) {
      const value = values[name](columns)
      if (value === undefined) continue
      const count = counts.get(value)
      if (count !== undefined || counts.size < MAX_VALUES) counts.set(value, (count ?? 0) + 1)
    }
  }

  summary(isComplete: boolean): Summary {
    return {
      count: this.#times.length,
      isComplete,
      bars: this.#bars(),
      facets: Object.fromEntries([...this.#facets].map(([name, counts]) => [name, this.#mostFrequent(counts)])),
    }
  }

  #bars(): readonly SummaryBar[] {
    if (this.#times.length === 0) return []
    let [first, last] = [Infinity, -Infinity]
    for (const { at } of this.#times) [first, last] = [Math.min(first, at), Math.max(last, at)]
    const barsOf = (step: number) => Math.floor(last / step) - Math.floor(first / step) + 1
    const step = steps.find((each) => barsOf(each) <= this.#options.bars) ?? Math.ceil((last - first + 1) / SECOND) * SECOND
    const start = Math.floor(first / step)
    // The longest step need not be enough for two timestamps that are thousands of years apart.
    const counts = Array.from({ length: Math.min(barsOf(step), this.#options.bars) }, (): Partial<Record<Status, number>> => ({}))
    for (const { at, status } of this.#times) {
      const bar = counts[Math.min(counts.length - 1, Math.floor(at / step) - start)]!
      bar[status] = (bar[status] ?? 0) + 1
    }
    return counts.map((each, index) => ({
      from: timeOf((start + index) * step),
      to: timeOf((start + index + 1) * step),
      counts: each,
    }))
  }

  #mostFrequent(counts: ReadonlyMap<string, number>): readonly { readonly value: string; readonly count: number }[] {
    const all = [...counts].map(([value, count]) => ({ value, count }))
    return all
      .toSorted((left, right) => right.count - left.count || (left.value < right.value ? -1 : 1))
      .slice(0, this.#options.top)
  }
}

const MAX_TIME = 8.64e15

function timeOf(at: number): string {
  return new Date(Math.max(-MAX_TIME, Math.min(MAX_TIME, at))).toISOString()
}
