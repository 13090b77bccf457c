import type { ServerResponse } from 'node:http'

/**
 * Holds back the end of a response until what `before` returns has resolved; it must not reject. Meanwhile the response says that it
 * is sent, as the application expects after `end()`, and a second `end()` does nothing. If `before` returns undefined, nothing waits.
 */
export function holdEnd(response: ServerResponse, before: () => Promise<unknown> | undefined): void {
  const end = response.end as (...args: unknown[]) => ServerResponse
  let state: 'open' | 'held' | 'passed' = 'open'

  response.end = (...args: unknown[]) => {
    if (state === 'passed') return end.apply(response, args)
    if (state === 'held') return response
    const waited = before()
    state = waited ? 'held' : 'passed'
    if (!waited) return end.apply(response, args)
    Object.defineProperties(response, { headersSent: SENT, writableEnded: SENT })
    void waited.then(() => release(args))
    return response
  }

  function release(args: unknown[]): void {
    state = 'passed'
    // Those of the prototype appear again.
    Reflect.deleteProperty(response, 'headersSent')
    Reflect.deleteProperty(response, 'writableEnded')
    try {
      end.apply(response, args)
    } catch (error) {
      // The application, whose body this is, cannot catch it any more.
      response.destroy(error as Error)
    }
  }
}

const SENT = { get: () => true, configurable: true }
