import type { Batch } from '@audit/core/sink'

/**
 * The id under which a receiver recognises a delivery that comes again: of one event its own, of several the first, the last and
 * their count. The same events always have the same id, others another.
 */
export function deliveryId(batch: Batch): string {
  const { length } = batch.lines
  const first = idAt(batch, 0)
  return length === 1 ? first : `${first}_${idAt(batch, length - 1)}_${length}`
}

/** Of a hundred events two are parsed, not all. */
function idAt(batch: Batch, index: number): string {
  return batch.slice(index, index + 1).events[0]!.id
}
