/** What a callback of the application answers, or nothing if it throws: auditing must not fail the request it records. */
export function asked<T>(callback: () => T): T | undefined {
  try {
    return callback()
  } catch {
    return undefined
  }
}
