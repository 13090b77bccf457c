import { decodePageToken, encodePageToken, type PageToken, type Position } from './page-token.ts'
import type { ResolvedPageOptions } from './reader-options.ts'
import type { Page } from './store.ts'
import type { Period, StoreSelection } from './store-filter.ts'
import { storedEvent } from './stored-event.ts'

/** A walk over the selected events of a store, for one page. */
export interface PageWalk {
  /** True: towards later events. */
  readonly isAscending: boolean
  /** The start. Undefined: the end of the store. */
  readonly from: { readonly position: Position; readonly isIncluded: boolean } | undefined
  readonly period: Period
  /** It ends after this number of selected events. */
  readonly limit: number
}

export interface WalkedEvents {
  readonly found: readonly { readonly position: Position; readonly line: string }[]
  /** The last event that was looked at, if the walk stopped at a bound before it found enough. */
  readonly stoppedAt?: Position | undefined
}

/** Reads a page of a store with a walk, which is all that differs between stores. */
export async function readPage(
  selection: StoreSelection,
  { limit, order, token: given }: ResolvedPageOptions,
  walk: (walk: PageWalk) => WalkedEvents | Promise<WalkedEvents>,
): Promise<Page> {
  const key = `${selection.key}.${order}`
  const token = given === undefined ? undefined : decodePageToken(given, key)
  const period = token?.period ?? selection.period
  const isBackward = token?.direction === 'previous'
  // One more than the page shows whether there is another page.
  const { found, stoppedAt } = await walk({
    isAscending: (order === 'oldest') !== isBackward,
    from: token && { position: token.position, isIncluded: token.isIncluded },
    period,
    limit: limit + 1,
  })
  const shown = found.slice(0, limit)
  const end = found.length > limit ? shown.at(-1)!.position : stoppedAt
  const encoded = (place: Omit<PageToken, 'period'>) => encodePageToken({ ...place, period }, key)
  const onward = end && encoded({ position: end, isIncluded: false, direction: isBackward ? 'previous' : 'next' })
  const back = token && encoded({ ...startOf(shown, token), direction: isBackward ? 'next' : 'previous' })
  const [next, previous] = isBackward ? [back, onward] : [onward, back]
  const events = (isBackward ? shown.toReversed() : shown).map(({ line }) => storedEvent(line))
  return { events, ...(next !== undefined && { next }), ...(previous !== undefined && { previous }) }
}

/** The place from which the way back begins: the first event of the page or, without one, the place of its own token. */
function startOf([first]: WalkedEvents['found'], token: PageToken): Pick<PageToken, 'position' | 'isIncluded'> {
  if (first) return { position: first.position, isIncluded: false }
  return { position: token.position, isIncluded: !token.isIncluded }
}
