/** The first version that has all that the journal needs, `node:sqlite` among it, without a flag. As `engines` says. */
const FIRST = { major: 22, minor: 19 }

/** Why this version of Node cannot be used, or nothing. `npm install` only warns of `engines`, and events would be lost. */
export function nodeProblem(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > FIRST.major || (major === FIRST.major && minor >= FIRST.minor)) return undefined
  return `Node ${version} is too old. Use Node ${FIRST.major}.${FIRST.minor} or later.`
}
