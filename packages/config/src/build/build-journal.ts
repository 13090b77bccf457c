import { resolve } from 'node:path'
import { fileJournal, memoryJournal, type Journal } from '@audit/core'
import type { JournalConfig } from '../schema/journal-schema.ts'
import { defined } from './defined.ts'

export function buildJournal(config: JournalConfig, directory: string): Journal {
  if (config.type === 'memory') return memoryJournal(defined({ maxBytes: config.maxBytes }))
  const { maxBytes, segmentBytes, retention, freeSpace, allowNetwork } = config
  return fileJournal({
    directory: resolve(directory, config.directory ?? '.audit'),
    ...defined({ maxBytes, segmentBytes, allowNetwork, retentionMs: retention, freeSpace: freeSpace && defined(freeSpace) }),
  })
}
