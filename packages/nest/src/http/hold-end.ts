import type { ServerResponse } from 'node:http'

/**
 * Delays the end of a response until the promise of `before` has resolved; it must not reject. Meanwhile the response claims that it
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
    // The getters of the prototype apply again.
    Reflect.deleteProperty(response, 'headersSent')
    Reflect.deleteProperty(response, 'writableEnded')
    try {
      end.apply(response, args)
    } catch (error) {
      // The application passed this body, but can no longer catch the error.
      response.destroy(error as Error)
    }
  }
}

const SENT = { get: () => true, configurable: true }
