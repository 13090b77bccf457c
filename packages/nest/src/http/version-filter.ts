/** The part of Nest's adapter for Express that selects versions by a header. */
export interface VersioningAdapter {
  applyVersionFilter(handler: Handler, version: unknown, options: unknown): Handler
}

type Handler = (request: any, response: any, next: () => unknown) => unknown
type Accepts = (request: unknown) => boolean

const ACCEPTS: unique symbol = Symbol('@audit/nest.accepts-version')

/**
 * Stores with each handler if it accepts the version of a request. Nest's own filter decides that, also for versions that the
 * application extracts itself. To be called before routes are registered.
 */
export function watchVersions(adapter: VersioningAdapter): void {
  const { applyVersionFilter } = adapter
  adapter.applyVersionFilter = (handler, version, options) => {
    const filtered = applyVersionFilter.call(adapter, handler, version, options)
    const decide = applyVersionFilter.call(adapter, () => true, version, options)
    const accepts: Accepts = (request) => decide(request, undefined, () => false) === true
    // As a property, because Nest copies properties if it wraps the handler again.
    return Object.assign(filtered, { [ACCEPTS]: accepts })
  }
}

/** True if a registered handler accepts the version of the request. Undefined if it has no version, or the version cannot be read. */
export function acceptsVersion(handler: object, request: unknown): boolean | undefined {
  try {
    return (handler as { readonly [ACCEPTS]?: Accepts })[ACCEPTS]?.(request)
  } catch {
    return undefined
  }
}
