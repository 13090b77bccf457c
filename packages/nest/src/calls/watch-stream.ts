import { guarded } from '@audit/core/adapter'
import { concat, defer, finalize, ignoreElements, Observable, tap } from 'rxjs'

export interface StreamWatcher {
  next(value: unknown): void
  error(error: unknown): void
  complete(): void
  /** Called, possibly more than once, when the stream has completed, failed or been unsubscribed from. It completes when this resolves. */
  end(): Promise<unknown>
}

/** Returns the same stream, watched. Errors of the watcher do not reach it. */
export function watchStream(stream: Observable<unknown>, audit: object, watcher: StreamWatcher): Observable<unknown> {
  const watched = <T>(work: () => T) => guarded(audit, 'a stream', work)
  const observer = {
    next: (value: unknown) => watched(() => watcher.next(value)),
    error: (error: unknown) => watched(() => watcher.error(error)),
    complete: () => watched(() => watcher.complete()),
  }
  const ending = defer(async () => watched(() => watcher.end())).pipe(ignoreElements())
  return concat(stream.pipe(tap(observer)), ending).pipe(finalize(() => void watched(() => watcher.end())))
}
