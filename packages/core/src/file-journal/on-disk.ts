import { fileJournal as openFileJournal, type CapableJournal } from './file-journal.ts'
import type { FileJournalOptions } from './file-journal-options.ts'

// The build makes this load the journal when the first one is made, so that an import of core reads half of its code.

/**
 * Holds events in files: acknowledged events survive the end of the process and a power failure. Processes of one service may
 * share the directory: each writes its own log, and delivers the events that ended processes left in theirs.
 */
export function fileJournal(options: FileJournalOptions = {}): CapableJournal {
  return openFileJournal(options)
}
