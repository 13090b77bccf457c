import { expect } from '@jest/globals'
import { auditMatchers, type AuditedOptions } from './matchers.ts'

// Importing this file teaches Jest's `expect` the matchers, at run time and in its types: the global one of `@types/jest`, and
// that of `@jest/globals`. For CommonJS and ESM; best in `setupFilesAfterEnv`.
expect.extend(auditMatchers as never)

interface AuditMatchers<R> {
  /** Passes if exactly one event has that name, status `success` and contains this payload; `options` say otherwise. */
  toHaveAudited(name?: string, payload?: unknown, options?: AuditedOptions): R
  /** Passes if an `auditCoverage()` leaves out no route that changes something; a failure names those it does. */
  toBeComplete(): R
}

declare global {
  namespace jest {
    interface Matchers<R, T> extends AuditMatchers<R & (T extends never ? never : unknown)> {}
  }
}

declare module 'expect' {
  interface Matchers<R extends void | Promise<void>, T> extends AuditMatchers<R & (T extends never ? never : unknown)> {}
}
