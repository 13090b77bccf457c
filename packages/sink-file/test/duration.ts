/** The duration in seconds of the tests with processes: `AUDIT_SINK_FILE_SECONDS=60` for the full run. */
export const durationSeconds = (normally: number): number => Number(process.env['AUDIT_SINK_FILE_SECONDS'] ?? normally)

/** A long run limits its rate to what the account of it can hold: it tests many rotations, not speed. */
export const batchesPerSecond = (seconds: number, most: number): number => Math.min(most, (most * 15) / seconds)
