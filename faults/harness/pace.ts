/**
 * The allowed slowness of this machine, relative to an idle one. The full tier measures at pace 1, on an idle machine.
 * The quick tier shares its machine with others; the runner sets AUDIT_PACE for its programs.
 */
export const QUICK_PACE = 6

export const pace: number = Number(process.env['AUDIT_PACE'] ?? 1)

/**
 * True if figures that only an idle machine can show are judged: percentiles, ratios of times. Otherwise they are only reported.
 */
export const isMeasured: boolean = pace === 1

/** Converts a deadline for an idle machine to this machine. */
export function atPace(ms: number): number {
  return ms * pace
}
