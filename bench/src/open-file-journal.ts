import { fileJournal } from '@audit/core'
import type { JournalOpenOptions, Seal } from '@audit/core/journal'
import { sampleEncoded } from '@audit/core/testing'

/** An open journal without an audit around it. */
export async function openFileJournal(directory: string, seal?: Seal): Promise<ReturnType<typeof fileJournal>> {
  const journal = fileJournal({ directory })
  await journal.open({ ...opening, ...(seal && { seal }) })
  return journal
}

const opening: JournalOpenOptions = {
  service: 'bench',
  clock: {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    random: () => Math.random(),
    schedule(delayMs, callback, options) {
      const timer = setTimeout(callback, delayMs)
      if (options?.keepAlive === false) timer.unref()
      return { cancel: () => clearTimeout(timer) }
    },
  },
  systemEvent: (action, payload) => sampleEncoded({ type: 'audit', action, payload }),
  onSystemEvents: () => undefined,
  execute: async () => undefined,
  warn: (_, message) => void process.stderr.write(`${message}\n`),
}
