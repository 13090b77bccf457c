import type { Command } from './command.ts'
import { checkProofCommand } from './commands/check-proof.ts'
import { deadLettersListCommand } from './commands/dead-letters-list.ts'
import { deadLettersPurgeCommand } from './commands/dead-letters-purge.ts'
import { deadLettersReplayCommand } from './commands/dead-letters-replay.ts'
import { explainCommand } from './commands/explain.ts'
import { exportCommand } from './commands/export.ts'
import { importCommand } from './commands/import.ts'
import { journalReleaseCommand } from './commands/journal-release.ts'
import { journalUpgradeCommand } from './commands/journal-upgrade.ts'
import { keygenCommand } from './commands/keygen.ts'
import { proveCommand } from './commands/prove.ts'
import { queryCommand } from './commands/query.ts'
import { rotateKeyCommand } from './commands/rotate-key.ts'
import { showCommand } from './commands/show.ts'
import { sinksForgetCommand } from './commands/sinks-forget.ts'
import { statusCommand } from './commands/status.ts'
import { tailCommand } from './commands/tail.ts'
import { verifyCommand } from './commands/verify.ts'

/** All commands, in the order of the help. */
export const commands: readonly Command[] = [
  tailCommand,
  showCommand,
  explainCommand,
  statusCommand,
  verifyCommand,
  proveCommand,
  checkProofCommand,
  keygenCommand,
  rotateKeyCommand,
  deadLettersListCommand,
  deadLettersReplayCommand,
  deadLettersPurgeCommand,
  sinksForgetCommand,
  journalReleaseCommand,
  journalUpgradeCommand,
  importCommand,
  queryCommand,
  exportCommand,
]
