/** What a call takes: the median of five, since a machine has other things to do as well. */
export function medianMs(call: () => void): number {
  const times = Array.from({ length: 5 }, () => {
    const start = performance.now()
    call()
    return performance.now() - start
  })
  return times.toSorted((a, b) => a - b)[2]!
}
