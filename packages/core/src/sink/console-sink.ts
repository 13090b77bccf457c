import { AuditError } from '../errors.ts'
import { OptionChecks } from '../option-checks.ts'
import { readableLine } from './readable-line.ts'
import type { Sink } from './sink.ts'
import { SinkError } from './sink-error.ts'
import { streamWriter, type OutputStream } from './stream-writer.ts'

export interface ConsoleSinkOptions {
  /** Default `process.stdout`. */
  readonly stream?: OutputStream
  /** `json`: one JSON line per event. `readable`: one line for people. Default: `readable` on a terminal, else `json`. */
  readonly format?: 'json' | 'readable'
  /** Default: true on a terminal, unless the environment has NO_COLOR. */
  readonly colour?: boolean
  /** Default `console`. */
  readonly name?: string
}

/** Writes events to stdout. Resolves when the stream has accepted them; a stream that is closed or fails rejects the batch. */
export function consoleSink(given: ConsoleSinkOptions = {}): Sink {
  const checks = new OptionChecks()
  const options = checks.options(given, ['stream', 'format', 'colour', 'name'])
  checks.oneOf('format', options.format, ['json', 'readable'])
  checks.throwIfAny('The options of consoleSink are wrong')
  const stream = options.stream ?? process.stdout
  const isTerminal = 'isTTY' in stream && stream.isTTY === true
  const format = options.format ?? (isTerminal ? 'readable' : 'json')
  const colour = options.colour ?? (isTerminal && !process.env['NO_COLOR'])
  const writer = streamWriter(stream)
  let isClosed = false
  return {
    name: options.name ?? 'console',
    async write(batch, { signal }) {
      signal.throwIfAborted()
      if (isClosed) throw new AuditError('AUDIT_CLOSED', 'The console sink is closed.')
      const lines = format === 'json' ? batch.lines : batch.events.map((event) => readableLine(event, colour))
      try {
        await writer.write(`${lines.join('\n')}\n`, signal)
      } catch (error) {
        signal.throwIfAborted()
        throw new SinkError('The stream does not accept events.', { cause: error })
      }
    },
    async close() {
      isClosed = true
      writer.release()
    },
  }
}
