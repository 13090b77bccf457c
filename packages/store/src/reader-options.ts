import { OptionChecks } from '@audit/core/internal'
import type { Facet, FollowOptions, PageOptions, SummaryOptions } from './store.ts'

export interface ResolvedPageOptions {
  readonly limit: number
  readonly order: 'newest' | 'oldest'
  readonly token: string | undefined
}

export interface ResolvedSummaryOptions {
  readonly bars: number
  readonly facets: readonly Facet[]
  readonly top: number
}

const facetNames: readonly Facet[] = ['event', 'status', 'actor', 'target', 'tenant', 'source', 'ip']

/** Throws `AUDIT_INVALID_OPTIONS`, listing every problem. */
export function pageOptionsOf(given: PageOptions): ResolvedPageOptions {
  const checks = new OptionChecks()
  const { limit, order, token } = checks.options(given, ['limit', 'order', 'token'])
  checks.oneOf('order', order, ['newest', 'oldest'])
  const resolved = checks.number('limit', limit, { fallback: 50, min: 1, max: 1_000 })
  checks.throwIfAny('The options of a page are wrong')
  return { limit: resolved, order: order ?? 'newest', token }
}

/** Throws `AUDIT_INVALID_OPTIONS`, listing every problem. */
export function summaryOptionsOf(given: SummaryOptions): ResolvedSummaryOptions {
  const checks = new OptionChecks()
  const { bars, facets, top } = checks.options(given, ['bars', 'facets', 'top'])
  const names = checks.list('facets', facets, (name) => facetNames.includes(name), `a list of ${facetNames.join(', ')}`)
  const resolved = {
    bars: checks.number('bars', bars, { fallback: 60, min: 1, max: 500 }),
    facets: facets === undefined ? (['event', 'status'] as const) : [...new Set(names)],
    top: checks.number('top', top, { fallback: 10, min: 1, max: 100 }),
  }
  checks.throwIfAny('The options of a summary are wrong')
  return resolved
}

/** Throws `AUDIT_INVALID_OPTIONS`, listing every problem. */
export function followOptionsOf(given: FollowOptions): FollowOptions {
  const checks = new OptionChecks()
  const options = checks.options(given, ['after', 'signal'])
  checks.that(options.signal === undefined || options.signal instanceof AbortSignal, 'signal: give an AbortSignal')
  checks.throwIfAny('The options of a followed store are wrong')
  return options
}
