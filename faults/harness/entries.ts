import { defineEvents, type Catalog, type Schema } from '../../packages/core/dist/index.js'

/** Payload of the events of the fault matrix: the number of an entry, which identifies it, and some text. */
export interface Entry {
  readonly n: number
  readonly text?: string
}

const entry: Schema<Entry, Entry> = {
  '~standard': { version: 1, vendor: 'faults', validate: (value) => ({ value: value as Entry }) },
}

export const events: Catalog<{ 'entry:booked': Schema<Entry, Entry> }> = defineEvents({ entry: { booked: entry } })
