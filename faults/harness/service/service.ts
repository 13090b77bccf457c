// A service that records on request of the harness that started it. Not to be started by hand.
import { readFileSync } from 'node:fs'
import type { Receipt } from '../../../packages/core/dist/index.js'
import { atPace } from '../pace.ts'
import { createService } from './create-service.ts'
import type { ServiceMessage, ServiceRequest, ServiceSettings } from './service-settings.ts'

const CALLERS = 8

const { audit, sinks } = await createService(JSON.parse(process.argv[2]!) as ServiceSettings, say)
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
    case 'latencies':
      return latencies(asked.from, asked.count)
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
      await audit.synced({ timeoutMs: atPace(10_000) })
      return tell()
    case 'mode':
      sinks.get(asked.sink)!.mode = asked.mode
      return undefined
    case 'tries':
      return sinks.get(asked.sink)!.triedAt
    case 'durations':
      return sinks.get(asked.sink)!.durations
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
      return audit.flush({ timeoutMs: asked.timeoutMs ?? atPace(60_000) })
    case 'replay':
      return audit.deadLetters.replay({ sink: asked.sink })
    case 'read':
      return readFileSync(asked.path).length
    case 'memory':
      globalThis.gc?.()
      return process.memoryUsage.rss()
    case 'held': {
      globalThis.gc?.()
      const { heapUsed, external } = process.memoryUsage()
      return heapUsed + external
    }
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

/** Records by a few callers at a time, and returns the milliseconds of each. */
async function latencies(from: number, count: number): Promise<readonly number[]> {
  const took: number[] = []
  let next = from
  const callers = Array.from({ length: CALLERS }, async () => {
    while (next < from + count) {
      const started = performance.now()
      await Promise.all(record(next++, 1, 'x'.repeat(200)))
      took.push(performance.now() - started)
    }
  })
  await Promise.all(callers)
  return took
}

function accept(n: number, { id, held }: Receipt): void {
  if (held !== 'journal') return
  acknowledged.push([n, id])
  tellSoon()
}

/** Sends one message for all results of one group of the journal. */
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
