import { expect } from 'vitest'
import { auditMatchers, type AuditedOptions } from './matchers.ts'

// Importing this file teaches vitest's `expect` the matchers, at run time and in its types.
expect.extend(auditMatchers as never)

declare global {
  // The type parameters of vitest's own interfaces differ between its versions. It takes over what Chai's has in all of them.
  namespace Chai {
    interface Assertion {
      /** Passes if exactly one event has that name, status `success` and contains this payload; `options` say otherwise. */
      toHaveAudited(name?: string, payload?: unknown, options?: AuditedOptions): void
      /** Passes if an `auditCoverage()` leaves out no route that changes something; a failure names those it does. */
      toBeComplete(): void
    }
  }
}
