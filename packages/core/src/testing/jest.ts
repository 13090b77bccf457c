import { expect } from '@jest/globals'
import { auditMatchers, type AuditedOptions } from './matchers.ts'

// Importing this file adds the matchers to Jest's `expect`, at run time and in its types: the global one of `@types/jest`, and
// that of `@jest/globals`. For CommonJS and ESM; best in `setupFilesAfterEnv`.
expect.extend(auditMatchers as never)

interface AuditMatchers<R> {
  /** Passes if exactly one event has that name, status `success` and contains this payload; `options` change these defaults. */
  toHaveAudited(name?: string, payload?: unknown, options?: AuditedOptions): R
  /** Passes if an `auditCoverage()` has no unaudited route that changes something; a failure names those routes. */
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
