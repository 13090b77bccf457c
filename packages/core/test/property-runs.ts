/** The number of runs of each property: `npm test` runs a few, `PROPERTY_RUNS=10 npm test` ten times as many. */
export function propertyRuns(gate: number): number {
  return gate * Number(process.env['PROPERTY_RUNS'] ?? 1)
}
