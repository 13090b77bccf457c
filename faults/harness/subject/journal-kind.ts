import { fileJournal, memoryJournal, type FileJournalOptions, type Journal } from '../../../packages/core/dist/index.js'
import type { UnsafeJournal } from './unsafe-journal.ts'

// The tested journal, and the same without one safety step, which a harness must notice.

export type JournalKind = 'file' | 'memory' | UnsafeJournal

export async function journalOf(kind: JournalKind, options: FileJournalOptions): Promise<Journal> {
  if (kind === 'file') return fileJournal(options)
  if (kind === 'memory') return memoryJournal()
  // Loaded only here: the journal that is tested starts without its weight.
  const { unsafeJournal } = await import('./unsafe-journal.ts')
  return unsafeJournal(kind, options)
}
