import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common'

/** Called with each error before a filter turns it into a response. Must not throw. */
export type OnError = (host: ArgumentsHost, error: unknown) => void

type Watched = ExceptionFilter['catch'] & { [WATCHED]?: true }

const WATCHED: unique symbol = Symbol.for('@audit/nest.watched-filter')

/** Watches the errors that a filter receives, unchanged. `holder` is the filter, or the prototype of its class. */
export function watchFilter(holder: { catch?: Watched }, onError: OnError): void {
  const original = holder.catch
  if (typeof original !== 'function' || original[WATCHED]) return

  function watched(this: ExceptionFilter, error: unknown, host: ArgumentsHost): unknown {
    // Unit tests call filters with an incomplete host.
    if (typeof host?.getArgByIndex === 'function') onError(host, error)
    return original!.call(this, error, host)
  }
  Object.defineProperty(holder, 'catch', { value: watched, configurable: true, writable: true })
  Object.assign(watched, { [WATCHED]: true })
}
