/** Summary of several rounds of one number. */
export interface Summary {
  readonly median: number
  /** Half the distance between the smallest and the largest, in per cent of the median. */
  readonly halfSpread: number
}

/** A half-spread beyond this shows that the machine did other work. */
const NOISY_PERCENT = 20

export function summarize(values: readonly number[]): Summary {
  const middle = median(values)
  const range = Math.max(...values) - Math.min(...values)
  return { median: middle, halfSpread: range === 0 ? 0 : (range / 2 / middle) * 100 }
}

export function isNoisy({ halfSpread }: Summary): boolean {
  return halfSpread > NOISY_PERCENT
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** The value that this percentage of them does not exceed. */
export function percentile(values: Float64Array, percent: number): number {
  const sorted = values.toSorted()
  return sorted[Math.min(sorted.length - 1, Math.ceil((sorted.length * percent) / 100) - 1)]!
}
