/** One rule of a kit, to pass to a test runner: `for (const rule of kit) test(rule.name, rule.run)`. */
export interface ConformanceRule {
  readonly name: string
  /**
   * Resolves if the rule holds, else rejects with the reason. With an exception the reverse, so that no exception outlives its
   * reason.
   */
  run(): Promise<void>
}

/** The reason why a rule does not hold: `{ 'the rule': 'the reason' }`. */
export interface Exceptions {
  readonly [rule: string]: string
}

type Check<Setup> = (setup: Setup) => Promise<void>

/** Makes rules of checks. Each check gets a fresh setup. Throws if an exception names no rule or has no reason. */
export function conformanceRules<Setup>(
  checks: { readonly [rule: string]: Check<Setup> },
  setup: () => Promise<Setup>,
  tearDown: (setup: Setup) => Promise<void>,
  exceptions: Exceptions,
): readonly ConformanceRule[] {
  for (const [rule, reason] of Object.entries(exceptions)) {
    if (!Object.hasOwn(checks, rule))
      throw new TypeError(`There is no rule '${rule}'. The rules are: ${Object.keys(checks).join('; ')}.`)
    if (reason.trim() === '') throw new TypeError(`The exception of '${rule}' has no reason.`)
  }
  return Object.entries(checks).map(([rule, check]) => {
    const reason = exceptions[rule]
    const judge = reason === undefined ? check : excepted(rule, check)
    const run = async () => {
      const fresh = await setup()
      try {
        await judge(fresh)
      } finally {
        await tearDown(fresh)
      }
    }
    return { name: reason === undefined ? rule : `${rule} (excepted: ${reason})`, run }
  })
}

/** Only the check itself may fail: a setup that does not work is never covered by an exception. */
function excepted<Setup>(rule: string, check: Check<Setup>): Check<Setup> {
  return async (fresh) => {
    const holds = await check(fresh).then(
      () => true,
      () => false,
    )
    if (holds) throw new Error(`The rule '${rule}' holds; remove its exception.`)
  }
}

/** Runs rules and returns the broken ones by name, with the reasons. For kits of kits and for reports. */
export async function brokenRules(rules: readonly ConformanceRule[]): Promise<ReadonlyMap<string, string>> {
  const broken = new Map<string, string>()
  for (const rule of rules) {
    await rule.run().catch((error: unknown) => broken.set(rule.name, error instanceof Error ? error.message : String(error)))
  }
  return broken
}

/** Resolves with true if the promise resolves or rejects within that time. */
export async function settlesWithin(timeoutMs: number, promise: Promise<unknown>): Promise<boolean> {
  let timeout: NodeJS.Timeout | undefined
  const late = new Promise<false>((resolve) => (timeout = setTimeout(() => resolve(false), timeoutMs)))
  try {
    return await Promise.race([
      promise.then(
        () => true,
        () => true,
      ),
      late,
    ])
  } finally {
    clearTimeout(timeout)
  }
}
