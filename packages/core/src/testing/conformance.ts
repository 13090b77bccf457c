/** One rule of a kit, to be given to a test runner: `for (const rule of kit) test(rule.name, rule.run)`. */
export interface ConformanceRule {
  readonly name: string
  /** Resolves if the rule holds, rejects with what it saw if not. An exception the other way round, so that no exception outlives its reason. */
  run(): Promise<void>
}

/** Why a rule does not hold: `{ 'the rule': 'the reason' }`. */
export interface Exceptions {
  readonly [rule: string]: string
}

/** Makes rules of checks. Each check gets a fresh setup. Throws if an exception names no rule. */
export function conformanceRules<Setup>(
  checks: { readonly [rule: string]: (setup: Setup) => Promise<void> },
  setup: () => Promise<Setup>,
  tearDown: (setup: Setup) => Promise<void>,
  exceptions: Exceptions,
): readonly ConformanceRule[] {
  for (const rule of Object.keys(exceptions)) {
    if (!Object.hasOwn(checks, rule)) throw new TypeError(`There is no rule '${rule}'. The rules are: ${Object.keys(checks).join('; ')}.`)
  }
  return Object.entries(checks).map(([rule, check]) => {
    const reason = exceptions[rule]
    const run = async () => {
      const fresh = await setup()
      try {
        await check(fresh)
      } finally {
        await tearDown(fresh)
      }
    }
    return reason === undefined ? { name: rule, run } : { name: `${rule} (excepted: ${reason})`, run: () => failsAs(rule, run) }
  })
}

async function failsAs(rule: string, run: () => Promise<void>): Promise<void> {
  const failed = await run().then(() => false, () => true)
  if (!failed) throw new Error(`The rule '${rule}' holds; take its exception out.`)
}

/** Rules that do not hold, by name, with what was seen. For kits of kits and for reports. */
export async function brokenRules(rules: readonly ConformanceRule[]): Promise<ReadonlyMap<string, string>> {
  const broken = new Map<string, string>()
  for (const rule of rules) {
    await rule.run().catch((error: unknown) => broken.set(rule.name, error instanceof Error ? error.message : String(error)))
  }
  return broken
}

/** True if the promise settles within that time, whichever way. */
export async function settlesWithin(timeoutMs: number, promise: Promise<unknown>): Promise<boolean> {
  let timeout: NodeJS.Timeout | undefined
  const late = new Promise<false>((resolve) => (timeout = setTimeout(() => resolve(false), timeoutMs)))
  try {
    return await Promise.race([promise.then(() => true, () => true), late])
  } finally {
    clearTimeout(timeout)
  }
}
