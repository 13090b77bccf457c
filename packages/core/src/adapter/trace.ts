import type { Trace } from '../event/event.ts'

// The place where all copies of @opentelemetry/api in a process register, and the key of the active span in their contexts
// (`src/internal/global-utils.ts`, `src/trace/context-utils.ts` of version 1). Read here, so that it need not be installed.
const registry = Symbol.for('opentelemetry.js.api.1')
const spanKey = Symbol.for('OpenTelemetry Context Key SPAN')

interface OpenTelemetry {
  readonly context?: { active(): { getValue(key: symbol): { spanContext?(): Partial<Trace> } | undefined } }
}

/** https://www.w3.org/TR/trace-context/#traceparent-header: `ff` is no version, and the first has no members after the flags. */
const TRACEPARENT = /^(?!ff|00.{53}.)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(?:-|$)/
const TRACE_ID = /^(?!0{32})[0-9a-f]{32}$/
const SPAN_ID = /^(?!0{16})[0-9a-f]{16}$/

/**
 * The trace of a request: that of the application's OpenTelemetry if it has an active span, else a valid `traceparent`, else
 * undefined. Never throws.
 */
export function traceOf(traceparent: unknown): Trace | undefined {
  return activeSpan() ?? parseTraceparent(traceparent)
}

function activeSpan(): Trace | undefined {
  try {
    const { context } = ((globalThis as Record<symbol, unknown>)[registry] ?? {}) as OpenTelemetry
    return validTrace(context?.active().getValue(spanKey)?.spanContext?.())
  } catch {
    return undefined
  }
}

function parseTraceparent(traceparent: unknown): Trace | undefined {
  if (typeof traceparent !== 'string' || traceparent.length > 512) return undefined
  const [, traceId, spanId] = TRACEPARENT.exec(traceparent.trim()) ?? []
  return validTrace({ traceId, spanId })
}

function validTrace(
  given: { readonly traceId?: string | undefined; readonly spanId?: string | undefined } | undefined,
): Trace | undefined {
  const { traceId = '', spanId = '' } = given ?? {}
  return TRACE_ID.test(traceId) && SPAN_ID.test(spanId) ? { traceId, spanId } : undefined
}
