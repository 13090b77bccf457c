/** The part of Nest's adapter for Express that tells versions apart by a header. */
export interface VersioningAdapter {
  applyVersionFilter(handler: Handler, version: unknown, options: unknown): Handler
}

type Handler = (request: any, response: any, next: () => unknown) => unknown
type Accepts = (request: unknown) => boolean

const ACCEPTS: unique symbol = Symbol('@audit/nest.accepts-version')

/**
 * Keeps beside each handler whether it takes the version that a request asks for. Nest's own filter decides that, also for versions
 * that the application reads itself. Before routes are registered.
 */
export function watchVersions(adapter: VersioningAdapter): void {
  const { applyVersionFilter } = adapter
  adapter.applyVersionFilter = (handler, version, options) => {
    const filtered = applyVersionFilter.call(adapter, handler, version, options)
    const decide = applyVersionFilter.call(adapter, () => true, version, options)
    const accepts: Accepts = (request) => decide(request, undefined, () => false) === true
    // As a property: Nest copies those if it wraps the handler once more.
    return Object.assign(filtered, { [ACCEPTS]: accepts })
  }
}

/** Whether a registered handler takes the request's version. Undefined if it has none, or if the version cannot be read. */
export function acceptsVersion(handler: object, request: unknown): boolean | undefined {
  try {
    return (handler as { readonly [ACCEPTS]?: Accepts })[ACCEPTS]?.(request)
  } catch {
    return undefined
  }
}
