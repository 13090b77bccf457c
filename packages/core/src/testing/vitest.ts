import { expect } from 'vitest'
import { auditMatchers, type AuditedOptions } from './matchers.ts'

// Importing this file adds the matchers to vitest's `expect`, at run time and in its types.
expect.extend(auditMatchers as never)

declare global {
  // The type parameters of vitest's own interfaces differ between its versions. In all of them it inherits the members of Chai's.
  namespace Chai {
    interface Assertion {
      /** Passes if exactly one event has that name, status `success` and contains this payload; `options` change these defaults. */
      toHaveAudited(name?: string, payload?: unknown, options?: AuditedOptions): void
      /** Passes if an `auditCoverage()` has no unaudited route that changes something; a failure names those routes. */
      toBeComplete(): void
    }
  }
}
