import type { Batch } from '@audit/core/sink'

/**
 * The id by which a receiver recognises a repeated delivery. One event: its id. Several: `<first>_<last>_<count>`. The same events
 * always have the same id, and other events another.
 */
export function deliveryId(batch: Batch): string {
  const { length } = batch.lines
  const first = idAt(batch, 0)
  return length === 1 ? first : `${first}_${idAt(batch, length - 1)}_${length}`
}

/** Parses one event of the batch, not all. */
function idAt(batch: Batch, index: number): string {
  return batch.slice(index, index + 1).events[0]!.id
}
