import { closeSync, fdatasyncSync, openSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { FileJournalOptions, Journal } from '../../../packages/core/dist/index.js'
import { fileJournalOn } from '../../../packages/core/src/file-journal/file-journal.ts'
import type { FileSystem, OpenFile } from '../../../packages/core/src/log-format/file-system.ts'
import { nodeFileSystem } from '../../../packages/core/src/log-format/node-file-system.ts'

// The journal without one safety step. From its source, since what is published has no other disk than that of the machine.

/** Longer than any process here lives after its first event, so that a kill always finds unwritten events. */
const WRITE_BEHIND_MS = 5_000

export type UnsafeJournal = 'write-behind' | 'no-offsets' | 'no-sync' | 'same-descriptor' | 'deaf' | 'blocking'

const kinds: Readonly<Record<UnsafeJournal, (options: FileJournalOptions) => Journal>> = {
  /** Acknowledges before it has written. */
  'write-behind': (options) =>
    fileJournalOn(
      withFiles((file, path) => (path.includes('/log/') ? writeBehind(file) : {})),
      options,
    ),
  /** Does not store the offsets of its readers. */
  'no-offsets': (options) =>
    fileJournalOn(
      withFiles((_, path) => (path.includes('offsets.ndjson') ? { write: (bytes) => Promise.resolve(bytes.length) } : {})),
      options,
    ),
  /** Acknowledges events that are only in the page cache. */
  'no-sync': (options) =>
    fileJournalOn(
      withFiles(() => ({ sync: () => Promise.resolve() })),
      options,
    ),
  /** Syncs once more after a failed sync, and believes the second answer. */
  'same-descriptor': (options) =>
    fileJournalOn(
      withFiles((file) => ({ sync: () => file.sync().catch(() => file.sync()) })),
      options,
    ),
  /** Ignores errors of the disk. */
  deaf: (options) =>
    fileJournalOn(
      withFiles((file) => ({
        write: (bytes, position) =>
          file.write(bytes, position).then(
            () => bytes.length,
            () => bytes.length,
          ),
        sync: () => file.sync().catch(() => undefined),
      })),
      options,
    ),
  /** Syncs on the thread of the event loop. */
  blocking: (options) =>
    fileJournalOn(
      withFiles((_, path) => ({
        async sync() {
          const descriptor = openSync(path, 'r')
          fdatasyncSync(descriptor)
          closeSync(descriptor)
        },
      })),
      options,
    ),
}

export function unsafeJournal(kind: UnsafeJournal, options: FileJournalOptions): Journal {
  return kinds[kind](options)
}

function writeBehind(file: OpenFile): Partial<OpenFile> {
  let written: Promise<unknown> = Promise.resolve()
  return {
    write(bytes, position) {
      const copy = Uint8Array.from(bytes)
      const due = delay(WRITE_BEHIND_MS)
      written = written.then(() => due).then(() => file.write(copy, position))
      return Promise.resolve(bytes.length)
    },
    close: () => written.then(() => file.close()),
  }
}

function withFiles(change: (file: OpenFile, path: string) => Partial<OpenFile>): FileSystem {
  return {
    ...nodeFileSystem,
    async open(path, mode) {
      const file = await nodeFileSystem.open(path, mode)
      return {
        write: (bytes, position) => file.write(bytes, position),
        read: (bytes, position) => file.read(bytes, position),
        sync: () => file.sync(),
        stat: () => file.stat(),
        close: () => file.close(),
        ...change(file, path),
      }
    },
  }
}
