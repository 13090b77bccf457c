import type { PlainCopy } from '../copy/plain-copy.ts'

/**
 * A value as it was when the application handed it over. The application may go on changing its object, and usually does: an
 * entity that was read before the operation is the one that the operation changes.
 */
export class HeldCopy {
  /** Checked instead of the class: a Proxy cannot imitate it. */
  readonly #isHeld = true
  readonly value: unknown
  readonly truncated: readonly string[]

  constructor({ value, truncated }: PlainCopy) {
    this.value = value
    this.truncated = truncated
  }

  static isHeld(value: unknown): value is HeldCopy {
    return typeof value === 'object' && value !== null && #isHeld in value && value.#isHeld
  }
}
