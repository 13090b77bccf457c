/** The first version that has everything the journal needs without a flag, including `node:sqlite`. The same as in `engines`. */
const FIRST = { major: 22, minor: 19 }

/**
 * Reason why this version of Node cannot be used, or undefined. `npm install` only warns about `engines`, and events would be
 * lost.
 */
export function nodeProblem(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > FIRST.major || (major === FIRST.major && minor >= FIRST.minor)) return undefined
  return `Node ${version} is too old. Use Node ${FIRST.major}.${FIRST.minor} or later.`
}
