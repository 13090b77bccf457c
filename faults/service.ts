// A service that records what it is told to, over the channel to the harness that started it. Not to be started by hand.
import { readFileSync } from 'node:fs'
import {
  createAudit,
  memoryDeadLetters,
  memoryJournal,
  type Audit,
  type Clock,
  type Journal,
  type Receipt,
} from '../packages/core/dist/esm/index.js'
import { systemClock } from '../packages/core/dist/esm/clock.js'
import { fileJournalOn } from '../packages/core/dist/esm/journal/file/file-journal.js'
import { nodeFileSystem } from '../packages/core/dist/esm/journal/file/node-file-system.js'
import { fileSink } from '../packages/sink-file/dist/esm/index.js'
import { events } from './entries.ts'
import type { ServiceMessage, ServiceRequest, ServiceSettings, SinkSettings } from './service-settings.ts'
import { switchedSink, type SwitchedSink } from './switched-sink.ts'
import { unsafeDisk } from './unsafe-disk.ts'

const settings = JSON.parse(process.argv[2]!) as ServiceSettings
const sinks = new Map(settings.sinks.map((sink) => [sink.name, sinkOf(sink)]))
const audit: Audit<typeof events> = createAudit({
  service: settings.service ?? 'books',
  events,
  journal: journalOf(settings),
  sinks: settings.sinks.map((sink) => ({
    sink: sinks.get(sink.name)!,
    from: sink.from ?? 'oldest',
    batch: { maxEvents: sink.batchEvents ?? 500, maxAgeMs: 50 },
    retry: { minDelayMs: 20, maxDelayMs: sink.maxRetryMs ?? 500 },
    ...(sink.maxLagBytes !== undefined && { maxLagBytes: sink.maxLagBytes }),
    ...(sink.onLag !== undefined && { onLag: sink.onLag }),
  })),
  failMode: settings.failMode ?? 'open',
  ...(settings.maxWaitMs !== undefined && { maxWaitMs: settings.maxWaitMs }),
  ...(settings.queueEvents !== undefined && { queue: { maxEvents: settings.queueEvents } }),
  ...(settings.forgetsLetters && { deadLetters: memoryDeadLetters() }),
  ...(settings.usesWallClock && { clock: wallClock() }),
  logger: { warn: say, error: say },
})
let acknowledged: (readonly [number, string])[] = []
let rejected: (readonly [number, string])[] = []
let streaming: NodeJS.Timeout | undefined

process.on('message', ({ request, ...asked }: ServiceRequest & { readonly request: number }) => {
  answer(asked as ServiceRequest).then(
    (result) => send({ kind: 'answer', request, result }),
    (error: unknown) => send({ kind: 'answer', request, error: error instanceof Error ? error.message : String(error) }),
  )
})
process.on('disconnect', () => process.exit())

async function answer(asked: ServiceRequest): Promise<unknown> {
  switch (asked.call) {
    case 'record':
      await Promise.all(record(asked.from, asked.count, asked.text))
      return tell()
    case 'stream': {
      let next = asked.from
      streaming = setInterval(() => {
        void record(next, asked.burst)
        next += asked.burst
      }, asked.everyMs)
      return undefined
    }
    case 'pause':
      clearInterval(streaming)
      await audit.synced({ timeoutMs: 30_000 })
      return tell()
    case 'mode':
      sinks.get(asked.sink)!.mode = asked.mode
      return undefined
    case 'tries':
      return sinks.get(asked.sink)!.triedAt
    case 'ready':
      return audit.ready()
    case 'stats':
      return audit.stats()
    case 'health':
      return audit.health()
    case 'source':
      return audit.health().journal.source
    case 'now':
      return Date.now()
    case 'letters':
      return audit.deadLetters.list()
    case 'flush':
      return audit.flush({ timeoutMs: asked.timeoutMs ?? 60_000 })
    case 'replay':
      return audit.deadLetters.replay({ sink: asked.sink })
    case 'read':
      return readFileSync(asked.path).length
    case 'memory':
      globalThis.gc?.()
      return process.memoryUsage.rss()
    case 'close':
      await audit.close(asked.timeoutMs === undefined ? {} : { timeoutMs: asked.timeoutMs })
      tell()
      return audit.stats()
  }
}

function record(from: number, count: number, text?: string): Promise<void>[] {
  return Array.from({ length: count }, (_, index) => {
    const n = from + index
    return audit.record('entry:booked', text === undefined ? { n } : { n, text }).then(
      (receipt) => accept(n, receipt),
      (error: { readonly code?: string }) => {
        rejected.push([n, error.code ?? 'an unknown error'])
        tellSoon()
      },
    )
  })
}

function accept(n: number, { id, held }: Receipt): void {
  if (held !== 'journal') return
  acknowledged.push([n, id])
  tellSoon()
}

/** One message for all that one group of the journal answered. */
function tellSoon(): void {
  if (acknowledged.length + rejected.length === 1) setImmediate(tell)
}

function tell(): void {
  if (acknowledged.length > 0) send({ kind: 'acknowledged', entries: acknowledged })
  if (rejected.length > 0) send({ kind: 'rejected', entries: rejected })
  acknowledged = []
  rejected = []
}

function say(message: string): void {
  send({ kind: 'said', message })
}

function send(message: ServiceMessage): void {
  if (process.connected) process.send?.(message)
}

function sinkOf({ name, path, mode }: SinkSettings): SwitchedSink {
  return switchedSink(fileSink({ name, path }), mode ?? 'up')
}

function journalOf({ control, directory, segmentBytes, maxBytes }: ServiceSettings): Journal {
  if (control === 'memory') return memoryJournal()
  const disk = control === 'no-fence' || control === 'no-look' ? unsafeDisk(control) : nodeFileSystem
  const journal = fileJournalOn(disk, {
    directory,
    ...(segmentBytes !== undefined && { segmentBytes }),
    ...(maxBytes !== undefined && { maxBytes }),
    // What else fills the disk of a test is not what is tested.
    freeSpace: { warnBytes: 0, stopBytes: 0 },
  })
  if (control !== 'no-last-write') return journal
  return new Proxy(journal, {
    get(target, key) {
      if (key === 'appendSync') return undefined
      const value: unknown = Reflect.get(target, key, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

function wallClock(): Clock {
  const due: { readonly at: number; readonly callback: () => void }[] = []
  return {
    ...systemClock,
    monotonic: Date.now,
    schedule(delayMs, callback, options) {
      const at = Date.now() + delayMs
      const entry = { at, callback }
      due.push(entry)
      const timer = setInterval(() => {
        if (Date.now() < at) return
        clearInterval(timer)
        callback()
      }, 5)
      if (options?.keepAlive === false) timer.unref()
      return { cancel: () => clearInterval(timer) }
    },
  }
}
