import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'vitest'
import { journalConformance } from '../testing/journal-conformance.ts'
import { fileJournal } from './file-journal.ts'

describe('the file journal keeps every rule', () => {
  const rules = journalConformance(async () => {
    const directory = await mkdtemp(join(tmpdir(), 'audit-journal-'))
    const journal = () => fileJournal({ directory, maxBytes: 2 << 20, segmentBytes: 128 << 10 })
    return {
      journal: journal(),
      reopen: async () => journal(),
      tearDown: () => rm(directory, { recursive: true }),
    }
  })
  for (const { name, run } of rules) test(name, run)
})
