import { concat, defer, finalize, ignoreElements, Observable, tap } from 'rxjs'

export interface StreamWatcher {
  next(value: unknown): void
  error(error: unknown): void
  complete(): void
  /** It has completed, failed, or nobody listens any more; told more than once. One that completed does so when this resolves. */
  end(): Promise<unknown>
}

/** The stream as it is, and somebody who is told what becomes of it. */
export function watchStream(stream: Observable<unknown>, watcher: StreamWatcher): Observable<unknown> {
  const ending = defer(() => watcher.end()).pipe(ignoreElements())
  return concat(stream.pipe(tap(watcher)), ending).pipe(finalize(() => void watcher.end()))
}
