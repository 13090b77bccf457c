import type { StoreReader } from '@audit/store'
import { exitCodes, type Command } from '../command.ts'
import { numberOf, optionOf, positionalsOf } from '../command-input.ts'
import { lineOf } from '../event-text.ts'
import { printableJson } from '../printable.ts'
import { filterOptions, openStore, storeFilterOf, storeOption } from '../store-input.ts'
import { painter } from '../terminal.ts'

const LIMIT = 20
const PAGE = 1_000

export const queryCommand: Command = {
  name: 'query',
  summary: 'Finds events in a store, the newest first',
  usage: 'audit query [--store file] [--actor who] [--target type/id] [--since time] [--text words]',
  options: [
    storeOption,
    ...filterOptions,
    { name: 'limit', value: 'n', summary: `the most events; default: ${LIMIT}` },
    { name: 'order', value: 'order', summary: 'newest or oldest first; default: newest' },
    { name: 'json', summary: 'print each event as one line of JSON' },
  ],
  examples: [
    'audit query --target flag/flipt --since 365d',
    'audit query --store audit.db --text "ada lovelace" --status denied',
    'audit query --payload /enabled=true --json | jq .payload',
  ],
  async run(input, io) {
    positionalsOf(input, [], { takesJournal: false })
    const limit = numberOf(input, 'limit', 1) ?? LIMIT
    const order = optionOf(input, 'order') as 'newest' | 'oldest' | undefined
    const filter = storeFilterOf(input)
    const paint = painter(io.isTerminal)
    const signal = AbortSignal.any([io.signal, ...(io.outClosed ? [io.outClosed] : [])])
    const store = openStore(input, io)
    try {
      const read = (count: number, token: string | undefined): ReturnType<StoreReader['page']> =>
        store.reader({ tenants: 'all' }).page(filter, {
          limit: Math.min(PAGE, count),
          ...(order !== undefined && { order }),
          ...(token !== undefined && { token }),
        })
      let [shown, token] = [0, undefined as string | undefined]
      do {
        const { events, next } = await read(limit - shown, token)
        for (const { event } of events) io.out(input.flags.has('json') ? printableJson(event) : lineOf(event, paint))
        shown += events.length
        token = next
      } while (token !== undefined && shown < limit && !signal.aborted)
      if (shown > 0 || signal.aborted) return exitCodes.fine
      io.error('audit query: no event in the store matches.')
      return exitCodes.no
    } finally {
      await store.close()
    }
  },
}
