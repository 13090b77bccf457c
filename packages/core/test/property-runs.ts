/** How often a property is tried: `npm test` looks for a moment, `PROPERTY_RUNS=10 npm test` ten times as long. */
export function propertyRuns(gate: number): number {
  return gate * Number(process.env['PROPERTY_RUNS'] ?? 1)
}
