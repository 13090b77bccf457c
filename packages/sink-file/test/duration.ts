/** How long the tests with processes write, in seconds: `AUDIT_SINK_FILE_SECONDS=60` for the full run. */
export const durationSeconds = (normally: number): number => Number(process.env['AUDIT_SINK_FILE_SECONDS'] ?? normally)

/** A long run writes as much as the account of it can hold: it is for the many rotations, not for speed. */
export const batchesPerSecond = (seconds: number, most: number): number => Math.min(most, (most * 15) / seconds)
