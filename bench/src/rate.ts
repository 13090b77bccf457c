/** Runs it for a number of rounds to warm up, then measures: units of work per second. */
export async function rate(options: {
  readonly warmUp: number
  readonly times: number
  /** Units of work in one call. */
  readonly units: number
  readonly work: () => unknown
}): Promise<number> {
  for (let index = 0; index < options.warmUp; index++) await options.work()
  const start = performance.now()
  for (let index = 0; index < options.times; index++) await options.work()
  return perSecond(options.times * options.units, start)
}

export function perSecond(units: number, start: number): number {
  return (units / (performance.now() - start)) * 1_000
}
