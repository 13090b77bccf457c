import type { SystemAction } from '../event/event-pattern.ts'
import type { FileSystem } from '../log-format/file-system.ts'
import type { HeldLogs } from './held/held-logs.ts'
import { markRecorded } from './held/held-lines.ts'
import type { ClaimedLog } from './claimed-log.ts'

export interface RecoveryReportOptions {
  readonly fileSystem: FileSystem
  /** Updates the list of held lines. */
  readonly held: HeldLogs
  /** Resolves once the log of this process has recorded it. */
  readonly record: (action: SystemAction, payload: unknown) => Promise<void>
}

/**
 * Records in the log of this process what was wrong with the end of a log: a torn write, held lines, or lines that were accepted
 * although nothing could authenticate them.
 */
export function reportRecovery(
  { log, recovered, heldNow }: ClaimedLog,
  { fileSystem, held, record }: RecoveryReportOptions,
): void {
  const { source } = log
  const { tornBytes, isDamaged, unauthenticated } = recovered
  if (!isDamaged && tornBytes > 0) void record('recovered', { source, reason: 'torn', bytes: tornBytes })
  // Without `sha256`: these lines are in the log.
  if (unauthenticated) void record('recovered', { source, reason: 'unauthenticated', ...unauthenticated })
  for (const { file, content } of heldNow)
    void record('recovered', { source, reason: file.reason, ...content })
      .then(() => markRecorded(fileSystem, file))
      .then(() => held.list())
      // The next start reports it again.
      .catch(() => undefined)
}
