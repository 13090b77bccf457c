import { openSync, writeSync } from 'node:fs'
import { createBatch } from '@audit/core/sink'
import { fileSink, type FileSink, type FileSinkOptions } from '../src/index.ts'
import { naiveSink } from './naive-sink.ts'

/** The orders for a writer, passed as JSON in its one argument. */
export interface WriterOrder {
  /** The prefix of its events' ids, and the name of its records. */
  readonly writer: string
  readonly books: string
  readonly sink: FileSinkOptions
  /** A sink with a missing safety step, which must fail where ours does not. */
  readonly isNaive?: boolean
  /** The number of its first event. */
  readonly first: number
  readonly batchEvents: number
  /** The maximum rate at which it writes. */
  readonly batchesPerSecond: number
}

/** The text of an event, with an id that identifies it. */
export function eventLine(writer: string, number: number): string {
  return `{"version":"1.0","id":"${writer}-${number}","pad":"${'x'.repeat(300 + (number % 100))}"}`
}

// Writes until it is killed, or its input ends. It records the beginning of each batch and its result. The records are in the
// system's hands when the call returns, so they survive `kill -9`.
if (import.meta.main) {
  const order = JSON.parse(process.argv[2]!) as WriterOrder
  const books = openSync(order.books, 'a', 0o600)
  const sink: FileSink = order.isNaive ? naiveSink(order.sink) : fileSink(order.sink)
  const over = new AbortController()
  process.stdin.on('end', () => over.abort()).resume()
  const start = performance.now()
  let next = order.first
  for (let count = 1; !over.signal.aborted; count++) {
    const numbers = Array.from({ length: order.batchEvents }, (_, index) => next + index)
    const batch = createBatch(
      numbers.map((number) => {
        const line = eventLine(order.writer, number)
        return { line, byteLength: Buffer.byteLength(line) + 1, end: number }
      }),
    )
    writeSync(books, `begun ${next} ${next + order.batchEvents}\n`)
    try {
      await sink.write(batch, { signal: AbortSignal.timeout(120_000) })
      writeSync(books, `stored ${next} ${next + order.batchEvents}\n`)
      next += order.batchEvents
    } catch (error) {
      writeSync(books, `rejected ${next} ${next + order.batchEvents} ${(error as Error).message}\n`)
    }
    const ahead = (count / order.batchesPerSecond) * 1_000 - (performance.now() - start)
    await new Promise((resolve) => (ahead > 0 ? setTimeout(resolve, ahead) : setImmediate(resolve)))
  }
  await sink.close()
}
