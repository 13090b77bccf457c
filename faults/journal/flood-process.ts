// Floods a journal before, while and after its disk is stalled. Started by the harness; not by hand.
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { createAudit, type AuditStats } from '../../packages/core/dist/index.js'
import { fileJournalOn } from '../../packages/core/src/file-journal/file-journal.ts'
import type { FileSystem, OpenFile } from '../../packages/core/src/log-format/file-system.ts'
import { nodeFileSystem } from '../../packages/core/src/log-format/node-file-system.ts'
import { fileSink } from '../../packages/sink-file/dist/index.js'
import { events } from '../harness/entries.ts'
import { atPace } from '../harness/pace.ts'
import { report } from '../harness/run-program.ts'

export interface FloodReport {
  readonly baseRss: number
  readonly peakRss: number
  readonly offeredWhileStalled: number
  readonly stalledMs: number
  readonly statsWhileStalled: AuditStats
  readonly stats: AuditStats
  /** Results of the calls. */
  readonly held: { readonly journal: number; readonly memory: number; readonly lost: number; readonly suppressed: number }
}

interface FloodSettings {
  readonly seconds: number
  readonly perSecond: number
  readonly directory: string
  readonly path: string
  readonly control?: string
}

const { seconds, perSecond, directory, path, control } = JSON.parse(process.argv[2]!) as FloodSettings
/** Offered in one turn of the event loop. */
const BURST = 1_000
const LOOK_MS = 20
const WARM_MS = 5_000
/** The least number of lost events: many times the size of the queue, on any machine. */
const LEAST_OFFERED = 100_000

let stalled: Promise<void> | undefined
const held = { journal: 0, memory: 0, lost: 0, suppressed: 0 }
let offered = 0
let peakRss = 0

const audit = createAudit({
  service: 'flood',
  events,
  journal: fileJournalOn(stallingDisk(), { directory: join(directory, 'journal'), freeSpace: { warnBytes: 0, stopBytes: 0 } }),
  sinks: [{ sink: fileSink({ name: 'flood', path }), from: 'oldest' }],
  ...(control === 'unbounded' && { queue: { maxEvents: 10_000_000, maxBytes: 2 ** 40 } }),
  logger: { warn: () => undefined, error: () => undefined },
})
await audit.ready()
// The same flood with a disk that answers: the memory of the engine itself is the baseline.
await flood(WARM_MS)
await audit.flush({ timeoutMs: atPace(60_000) })
const baseRss = peakRss
peakRss = 0
const before = offered

let resume = () => {}
stalled = new Promise((resolve) => (resume = resolve))
process.send?.(`stalled; RSS ${Math.round(baseRss / 2 ** 20)} MiB`)
const started = performance.now()
await flood(seconds * 1_000, LEAST_OFFERED)
const stalledMs = performance.now() - started
const offeredWhileStalled = offered - before
const statsWhileStalled = audit.stats()
stalled = undefined
resume()
await audit.synced({ timeoutMs: atPace(30_000) })
await audit.flush({ timeoutMs: atPace(120_000) })
const found = { baseRss, peakRss, offeredWhileStalled, stalledMs, statsWhileStalled }
await audit.close({ timeoutMs: atPace(30_000) })
report({ ...found, stats: audit.stats(), held } satisfies FloodReport)

async function flood(ms: number, least = 0): Promise<void> {
  const began = performance.now()
  const until = began + ms
  let [done, lookedAt] = [0, 0]
  for (let now = began; now < until || done < least; now = performance.now()) {
    const due = Math.max(((now - began) / 1_000) * perSecond, now < until ? 0 : least)
    for (let burst = 0; burst < BURST && done < due; burst++, done++) offer()
    if (now - lookedAt > LOOK_MS) {
      peakRss = Math.max(peakRss, process.memoryUsage.rss())
      lookedAt = now
    }
    await nextTurn()
  }
}

function offer(): void {
  const n = offered++
  void audit.record('entry:booked', { n }).then((receipt) => void held[receipt.held]++)
}

/** No call to the disk ends until it is resumed. */
function stallingDisk(): FileSystem {
  const stalling = (file: OpenFile): OpenFile => ({
    write: async (bytes, position) => {
      await stalled
      return file.write(bytes, position)
    },
    sync: async () => {
      await stalled
      return file.sync()
    },
    read: (bytes, position) => file.read(bytes, position),
    stat: () => file.stat(),
    close: () => file.close(),
  })
  return { ...nodeFileSystem, open: async (place, mode) => stalling(await nodeFileSystem.open(place, mode)) }
}
