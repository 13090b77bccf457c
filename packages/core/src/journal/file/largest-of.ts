/** The largest of these numbers, however many they are; 0 if there is none. `Math.max(...)` fails for more than about 100,000. */
export function largestOf(numbers: readonly number[]): number {
  return numbers.reduce((largest, one) => Math.max(largest, one), 0)
}
