import { types } from 'node:util'

/** What a callback of the application said, or why there is nothing to go on with. */
export type Answer<T> =
  | { readonly value: T; readonly trouble?: never; readonly error?: never }
  | { readonly value?: never; readonly trouble: 'threw' | 'is asynchronous'; readonly error?: unknown }

/** Asks a callback that has to answer at once. Never throws; a promise is not waited for, and its rejection ends no process. */
export function askNow<T>(callback: () => T): Answer<T> {
  try {
    const value = callback()
    if (!types.isPromise(value)) return { value }
    value.catch(() => undefined)
    return { trouble: 'is asynchronous' }
  } catch (error) {
    return { trouble: 'threw', error }
  }
}
