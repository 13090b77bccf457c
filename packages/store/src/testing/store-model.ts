import assert from 'node:assert/strict'
import { AuditError, type AuditEvent } from '@audit/core/sink'
import type { Scope } from '../scope.ts'
import type { Page, PageOptions, Store } from '../store.ts'
import type { StoreFilter } from '../store-filter.ts'
import { isInScope, modelBatch, modelFilter, modelScope } from './model-trail.ts'
import { Random } from './random.ts'

export interface StoreModelOptions {
  /** The number of events; half of them are stored before the first filter, the others meanwhile. */
  readonly events: number
  readonly filters: number
  readonly seed: number
}

/** A comparison of a store with its model. */
export interface StoreModelReport {
  readonly pages: number
  readonly events: number
  /** Tokens of other filters and scopes that were tried, and forged ones. */
  readonly foreignTokens: number
}

/**
 * Compares random pages of an empty store with filtered arrays, while events are stored: no event is missing, there twice, out of
 * order or out of scope, also with tokens of other readers and forged ones. Rejects with the first difference.
 */
export async function compareWithModel(store: Store, options: StoreModelOptions): Promise<StoreModelReport> {
  const model = new StoreModel(store, options)
  await model.fill(options.events / 2)
  for (let index = 0; index < options.filters; index++) await model.tryFilter()
  return model.report
}

const MAX_TOKENS = 100

class StoreModel {
  readonly report = { pages: 0, events: 0, foreignTokens: 0 }
  readonly #store: Store
  readonly #options: StoreModelOptions
  readonly #random: Random
  readonly #stored: AuditEvent[] = []
  readonly #tokens: string[] = []

  constructor(store: Store, options: StoreModelOptions) {
    this.#store = store
    this.#options = options
    this.#random = new Random(options.seed)
  }

  async fill(count: number): Promise<void> {
    for (let rest = Math.ceil(count); rest > 0; rest -= 500) {
      const batch = modelBatch(this.#random, Math.min(rest, 500))
      await this.#store.write(batch, { signal: new AbortController().signal })
      this.#stored.push(...batch.events)
    }
  }

  async tryFilter(): Promise<void> {
    const random = this.#random
    const scope = modelScope(random)
    const { filter, matches } = modelFilter(random)
    const expected = this.#stored.filter((event) => isInScope(scope, event) && matches(event))
    const order = random.pick(['newest', 'oldest'] as const)
    const limit = Math.min(1_000, Math.max(1, Math.ceil(expected.length / (1 + random.below(8)))))
    const what = JSON.stringify({ seed: this.#options.seed, scope, filter, order, limit })
    const read: AuditEvent[] = []
    let token: string | undefined
    do {
      const page = await this.#page(scope, filter, { order, limit, ...(token !== undefined && { token }) })
      read.push(...page.events.map(({ event }) => event))
      assert.ok(read.length <= this.#stored.length, `events were read twice: ${what}`)
      await this.#tryOtherTokens(scope, filter, page, { order, limit }, what)
      if (random.chance(0.05) && this.#stored.length < this.#options.events) await this.fill(1 + random.below(3))
      token = page.next
    } while (token !== undefined)
    this.#compare(read, expected, { scope, matches, order, what })
  }

  #compare(
    read: readonly AuditEvent[],
    expected: readonly AuditEvent[],
    { scope, matches, order, what }: { scope: Scope; matches(event: AuditEvent): boolean; order: string; what: string },
  ): void {
    const ids = new Set(read.map(({ id }) => id))
    assert.equal(ids.size, read.length, `an event was read twice: ${what}`)
    const missing = expected.filter(({ id }) => !ids.has(id))
    assert.deepEqual(missing, [], `events were missed: ${what}`)
    // Events that were stored meanwhile may be there.
    const wrong = read.filter((event) => !isInScope(scope, event) || !matches(event))
    assert.deepEqual(wrong, [], `events that are not selected: ${what}`)
    const times = read.map(({ timestamp }) => timestamp)
    const sorted = order === 'oldest' ? times.toSorted() : times.toSorted().toReversed()
    assert.deepEqual(times, sorted, `events are out of order: ${what}`)
  }

  /** Tries the token of another reader, and one of this page with another position. */
  async #tryOtherTokens(scope: Scope, filter: StoreFilter, page: Page, options: PageOptions, what: string): Promise<void> {
    const random = this.#random
    if (page.next !== undefined) {
      const index = this.#tokens.length < MAX_TOKENS ? this.#tokens.length : random.below(MAX_TOKENS)
      this.#tokens[index] = page.next
    }
    const forged = page.next === undefined ? [] : [withOtherPosition(page.next, random)]
    const foreign = this.#tokens.length > 0 ? [random.pick(this.#tokens)] : []
    for (const token of [...forged, ...foreign]) {
      this.report.foreignTokens++
      const given = await this.#page(scope, filter, { ...options, token }).catch((error: unknown) => {
        assert.ok(
          AuditError.isInstance(error) && error.code === 'AUDIT_INVALID_CURSOR',
          `another error: ${String(error)}: ${what}`,
        )
      })
      const outside = given?.events.filter(({ event }) => !isInScope(scope, event)) ?? []
      assert.deepEqual(outside, [], `a token showed events of another tenant: ${what}`)
    }
  }

  async #page(scope: Scope, filter: StoreFilter, options: PageOptions): Promise<Page> {
    const page = await this.#store.reader(scope).page(filter, options)
    this.report.pages++
    this.report.events += page.events.length
    return page
  }
}

function withOtherPosition(token: string, random: Random): string {
  const parts = JSON.parse(Buffer.from(token, 'base64url').toString()) as unknown[]
  const changed = parts.map((part) => (Number.isSafeInteger(part) && random.chance(0.5) ? random.below(2 ** 42) : part))
  return Buffer.from(JSON.stringify([parts[0], ...changed.slice(1)])).toString('base64url')
}
