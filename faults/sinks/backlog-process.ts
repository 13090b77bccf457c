// Writes a backlog that no sink accepts, or delivers one. Started by the harness; not by hand.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createAudit, fileJournal, memoryJournal, type Sink } from '../../packages/core/dist/index.js'
import { events, type Entry } from '../harness/entries.ts'
import { report } from '../harness/run-program.ts'

export interface BacklogReport {
  readonly openMs: number
  readonly ms: number
  readonly peakRss: number
  readonly recorded: number
  /** Entries, each once. */
  readonly delivered: number
  readonly misplaced: number
}

interface BacklogSettings {
  readonly phase: 'write' | 'drain'
  readonly count: number
  readonly directory: string
  readonly control?: string
}

const settings = JSON.parse(process.argv[2]!) as BacklogSettings
const { phase, count, control } = settings
const GROUP = 5_000

const seen = new Uint8Array(count)
let [delivered, misplaced, last] = [0, 0, -1]

const counting: Sink = {
  name: 'counting',
  async write(batch) {
    if (phase === 'write') throw Object.assign(new Error('The sink is down.'), { code: 'ECONNREFUSED' })
    for (const { type, payload } of batch.events) {
      if (type === 'audit') continue
      const { n } = payload as Entry
      if (seen[n] === 0) delivered++
      seen[n] = 1
      if (n <= last) misplaced++
      last = n
    }
  },
}

const started = performance.now()
const audit = createAudit({
  service: 'backlog',
  events,
  journal:
    control === 'memory'
      ? memoryJournal({ maxBytes: 2 ** 40 })
      : fileJournal({
          directory: join(settings.directory, 'journal'),
          freeSpace: { warnBytes: 0, stopBytes: 0 },
          // Only whole segments can be skipped.
          ...(control === 'skip' && { segmentBytes: 1 << 20 }),
        }),
  sinks: [
    {
      sink: counting,
      from: 'oldest',
      ...(control === 'skip' ? { onLag: 'skip', maxLagBytes: 4 << 20 } : { onLag: 'hold' }),
    },
  ],
  logger: { warn: () => undefined, error: () => undefined },
})
await audit.ready()
const openMs = performance.now() - started
const opened = performance.now()
if (phase === 'write') await write()
else await audit.flush({ timeoutMs: 30 * 60_000 })
const ms = performance.now() - opened
const peakRss = peak()
const { recorded } = audit.stats()
await audit.close({ timeoutMs: 1_000 })
report({ openMs, ms, peakRss, recorded, delivered, misplaced } satisfies BacklogReport)

async function write(): Promise<void> {
  for (let n = 0; n < count; n += GROUP) {
    const group = Array.from({ length: Math.min(GROUP, count - n) }, (_, index) =>
      audit.record('entry:booked', { n: n + index, text: 'An entry as an application would book it, with some words.' }),
    )
    await Promise.all(group)
    if ((n / GROUP) % 200 === 199) process.send?.(`${n + GROUP} recorded`)
  }
}

/** The most memory that this process ever had, by the kernel. */
function peak(): number {
  const kibibytes = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
  return Number(kibibytes) * 1_024
}
