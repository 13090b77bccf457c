import { expect } from 'vitest'
import { auditMatchers, type AuditedOptions } from './matchers.ts'

// Importing this file teaches vitest's `expect` the matchers, at run time and in its types.
expect.extend(auditMatchers as never)

declare module 'vitest' {
  interface Matchers<R extends void | Promise<void> = void | Promise<void>, T = unknown> {
    /** Passes if exactly one event has that name, status `success` and contains this payload; `options` say otherwise. */
    toHaveAudited(name?: string, payload?: unknown, options?: AuditedOptions): R & (T extends never ? never : unknown)
    /** Passes if an `auditCoverage()` leaves out no route that changes something; a failure names those it does. */
    toBeComplete(): R & (T extends never ? never : unknown)
  }
}
