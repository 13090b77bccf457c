import { mkdirSync, readdirSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { generateKeyPair } from '@audit/proof'
import { about, closeNow, openAudit, sourceDirectory, stuckSink } from '../../test/file-audit.ts'
import { overriddenDisk } from '../../test/overridden-disk.ts'
import { temporaryDirectory } from '../../test/temporary-directory.ts'
import { memorySink } from '../sink/memory-sink.ts'
import { readTrail } from '../trail/read-trail.ts'
import { fileJournalOn } from './file-journal.ts'
import type { FileSystem } from '../log-format/file-system.ts'
import { nodeFileSystem } from '../log-format/node-file-system.ts'
import { markDamaged } from '../log-format/source-directory.ts'

// A sparse file of many gigabytes takes no space on the disk, and minutes to read. These tests count bytes, not time.

const GIBIBYTE = 2 ** 30
const MOST_BYTES = GIBIBYTE / 2
const { signingKey } = generateKeyPair('svc')

/** The disk, with a count of the bytes that are read. */
function countedDisk(): { readonly disk: FileSystem; readonly bytesRead: () => number } {
  let bytesRead = 0
  const disk = overriddenDisk(nodeFileSystem, {
    async open(path, mode) {
      const file = await nodeFileSystem.open(path, mode)
      const read = async (bytes: Uint8Array, position: number) => {
        const count = await file.read(bytes, position)
        bytesRead += count
        return count
      }
      return {
        read,
        write: (bytes, position) => file.write(bytes, position),
        sync: () => file.sync(),
        stat: () => file.stat(),
        close: () => file.close(),
      }
    },
  })
  return { disk, bytesRead: () => bytesRead }
}

/** A journal with one log, in which one event waits for the sink 'out'. */
async function journalWithLog(seal: 'unsigned' | { readonly key: string }) {
  const root = temporaryDirectory()
  const { audit } = openAudit({
    journal: fileJournalOn(nodeFileSystem, { directory: root }),
    sinks: [{ sink: stuckSink('out'), events: ['flag:*'] }],
    seal,
  })
  await audit.record('flag:created', { key: 'before' })
  const log = await sourceDirectory(audit, root)
  await closeNow(audit, log)
  return { root, log, segment: join(log, 'log', readdirSync(join(log, 'log')).toSorted().at(-1)!) }
}

const planted = (path: string) => {
  writeFileSync(path, '', { mode: 0o600 })
  truncateSync(path, GIBIBYTE)
}

const seals = [
  ['unsigned', 'unsigned'],
  ['signed', { key: signingKey }],
] as const
const offsets: readonly (readonly [string, (log: string, segment: string) => void | Promise<void>])[] = [
  ['its last segment ends without data', (_, segment) => truncateSync(segment, GIBIBYTE)],
  ['a later segment has no data', (log) => planted(join(log, 'log/00000000000000000500.9-0.ndjson'))],
  [
    'a held file has no data',
    (log) => {
      mkdirSync(join(log, 'held'), { recursive: true, mode: 0o700 })
      planted(join(log, 'held/00000000000000000500.9-0.unauthenticated.ndjson'))
    },
  ],
  [
    'it is held as a whole, and a segment has no data',
    async (log) => {
      planted(join(log, 'log/00000000000000000500.9-0.ndjson'))
      await markDamaged(nodeFileSystem, log, 'untagged', 7)
    },
  ],
]

test.each(seals.flatMap(([kind, seal]) => offsets.map(([offset, harm]) => [kind, offset, seal, harm] as const)))(
  'a journal opens and closes with a bounded number of reads: the log is %s, and %s',
  async (_kind, _place, seal, harm) => {
    const { root, log, segment } = await journalWithLog(seal)
    await harm(log, segment)
    const { disk, bytesRead } = countedDisk()
    const out = memorySink({ name: 'out' })
    const { audit } = openAudit({
      journal: fileJournalOn(disk, { directory: root }),
      sinks: [{ sink: out, events: ['flag:*'] }],
      seal,
    })
    await audit.record('flag:created', { key: 'after' })
    await vi.waitFor(() => expect(out.events.map(about)).toContain('after'), { timeout: 120_000, interval: 10 })
    await audit.close()
    expect(bytesRead()).toBeLessThan(MOST_BYTES)
    const shown: unknown[] = []
    for await (const event of readTrail(root, { limit: 5, events: ['flag:*'] })) shown.push(about(event))
    expect(shown).toContain('after')
  },
)
