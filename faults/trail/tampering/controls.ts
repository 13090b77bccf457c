import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'

// A check that nothing depends on is dead code. So each is removed in turn, and F20 must notice. The product has no switch for that: the
// source of the module is changed while it is loaded, only in this process.

export interface TamperingControl {
  readonly name: string
  /** The end of the module's URL. */
  readonly module: string
  readonly find: string
  readonly replaceBy: string
  /** Text that the oracles must report without this check. */
  readonly breaks: string
  /** In the short tier too. */
  readonly isQuick: boolean
}

const PACKAGES = new URL('../../../packages/', import.meta.url)
const QUICK: ReadonlySet<string> = new Set([
  'cause changed',
  'cause foreign',
  'doubt late-start',
  'refusal hashes-changed',
  'refusal checkpoint-missing',
])

/** Checks that cannot be removed alone, with the reasons. */
const NOT_ALONE: ReadonlySet<string> = new Set([
  // A line is compared with each of the 262,144 before it, and trails of F20 are shorter. A unit test of the verifier has a longer one.
  'not-compared',
  // No store writes `audit:expired` yet, so no trail has it.
  'expired',
  // A log that cannot be read is refused at the start, and once more when it is hashed.
  'unreadable refusal',
  // Its control is the last one: such a log was marked before, so only a signature shows that the refusal is missing.
  'released refusal',
])

/** One for each cause, doubt, refusal and reason to hold lines that the sources name. */
export const tamperingControls: readonly TamperingControl[] = [
  ...membersOf('cli/src/verify/report.ts', 'Cause').map((cause) =>
    control(`cause ${cause}`, `not found as ${cause}`, {
      module: '/verify/judge/judge-log.ts',
      find: 'const findings = findingsIn(judged)\n',
      replaceBy: `const findings = findingsIn(judged).filter(({ cause }) => cause !== '${cause}')\n`,
    }),
  ),
  ...[...membersOf('proof/src/verdict.ts', 'acceptances'), ...membersOf('cli/src/verify/report.ts', 'DoubtReason')]
    .filter((reason) => !NOT_ALONE.has(reason))
    .map((reason) =>
      control(`doubt ${reason}`, reason === 'trimmed-unsealed' ? `not doubted as ${reason}` : 'instead of 4', {
        module: '/verify/judge/judge-log.ts',
        find: 'const doubts = doubtsAbout(judged, isProven)\n',
        replaceBy: `const doubts = doubtsAbout(judged, isProven).filter(({ reason }) => reason !== '${reason}')\n`,
      }),
    ),
  ...membersOf('core/src/file-journal/seal/seal-start.ts', 'SealRefusal')
    .filter((refusal) => !NOT_ALONE.has(`${refusal} refusal`))
    .map((refusal) =>
      // Sinks and the sealer find changed lines too and record them, but only after the start has signed the end of the log.
      control(`refusal ${refusal}`, refusal === 'changed' ? 'signed the log again' : `not as ${refusal}`, {
        module: '/file-journal/seal/log-sealer.ts',
        find: 'return this.#refusal ?? this.#tree?.difference?.reason\n',
        replaceBy: `const refusal = this.#refusal ?? this.#tree?.difference?.reason\nreturn refusal === '${refusal}' ? undefined : refusal\n`,
      }),
    ),
  ...membersOf('core/src/log-format/held-files.ts', 'HeldReason').map((reason) =>
    control(`held ${reason}`, reason === 'torn' ? 'recorded as nothing, not as torn' : 'not as unauthenticated', {
      module: '/file-journal/log/recovery.ts',
      find: 'await holdBehind({',
      replaceBy: `if (reason !== '${reason}') await holdBehind({`,
    }),
  ),
  control('refusal released', 'and they are not what was recorded', {
    module: '/file-journal/seal/seal-start.ts',
    find: "if (options.isReleased && seal.keys.length > 0) return refused('released')",
    replaceBy: '',
  }),
  control('held whole', 'delivered the forged event', {
    module: '/file-journal/log/recovery.ts',
    find: "if (known === 'nothing')",
    replaceBy: 'if (false)',
  }),
]

/** Removes a check from modules that are loaded from now on. */
export function takeOut(name: string): void {
  const chosen = tamperingControls.find((each) => each.name === name)
  if (!chosen) throw new Error(`There is no check '${name}'.`)
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context)
      if (!url.endsWith(chosen.module)) return loaded
      const source = String(loaded.source)
      if (!source.includes(chosen.find)) throw new Error(`'${chosen.module}' has no '${chosen.find}' to take out.`)
      return { ...loaded, source: source.replaceAll(chosen.find, chosen.replaceBy) }
    },
  })
}

function control(
  name: string,
  breaks: string,
  change: Pick<TamperingControl, 'module' | 'find' | 'replaceBy'>,
): TamperingControl {
  return { name: name.replaceAll(' ', '-'), ...change, breaks, isQuick: QUICK.has(name) }
}

/** The strings of a union type or of a list, as its source has them. */
function membersOf(path: string, name: string): readonly string[] {
  const source = readFileSync(new URL(path, PACKAGES), 'utf8')
  const [, body] = new RegExp(`export (?:type|const) ${name} =([\\s\\S]*?)\\n\\n`).exec(source) ?? []
  if (body === undefined) throw new Error(`'${path}' has no ${name}.`)
  const code = body.replaceAll(/\/\*\*.*?\*\//gs, '')
  return [...code.matchAll(/'([a-z-]+)'/g)].map(([, member]) => member!)
}
