import type { Batch } from '@audit/core/sink'
import type { FileSinkFormat } from './file-sink-options.ts'
import { fliptEvent, fliptStdoutEvent } from './flipt-event.ts'

export type Target = 'file' | 'stdout'

/** Encodes a batch as text: one line per event, each with a newline. */
export function encodeBatch(batch: Pick<Batch, 'lines' | 'events'>, format: FileSinkFormat, target: Target, now: Date): string {
  return `${linesOf(batch, format, target, now).join('\n')}\n`
}

function linesOf(batch: Pick<Batch, 'lines' | 'events'>, format: FileSinkFormat, target: Target, now: Date): readonly string[] {
  if (format === 'native') return batch.lines
  const encoding = format === 'flipt' ? 'json' : 'console'
  if (target === 'stdout') return batch.events.map((event) => fliptStdoutEvent(event, now, encoding))
  return batch.events.map((event) => fliptEvent(event, { spaced: encoding === 'console' }))
}
