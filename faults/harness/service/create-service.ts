import {
  createAudit,
  fileJournal,
  memoryDeadLetters,
  memoryJournal,
  type Audit,
  type Clock,
  type Journal,
} from '../../../packages/core/dist/index.js'
import { fileSink } from '../../../packages/sink-file/dist/index.js'
import { events } from '../entries.ts'
import { naiveWebhook, naivetyOf } from './naive-webhook.ts'
import type { ServiceSettings, SinkSettings } from './service-settings.ts'
import { switchedSink, type SwitchedSink } from './switched-sink.ts'

export interface Service {
  readonly audit: Audit<typeof events>
  readonly sinks: ReadonlyMap<string, SwitchedSink>
}

/** The audit of a service with the settings of a harness, without the safety step that they name. */
export async function createService(settings: ServiceSettings, say: (message: string) => void): Promise<Service> {
  const made = await Promise.all(settings.sinks.map((sink) => sinkOf(sink, settings.control)))
  const sinks = new Map(made.map((sink) => [sink.name, sink]))
  const audit = createAudit({
    // A sealing service checks its files, too.
    ...(settings.control === 'no-look' && { seal: false }),
    service: settings.service ?? 'books',
    events,
    journal: await journalOf(settings),
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
    ...(settings.usesWallClock && { clock: await wallClock() }),
    logger: { warn: say, error: say },
  })
  return { audit, sinks }
}

async function sinkOf({ name, path, webhook, mode = 'up' }: SinkSettings, control: string | undefined): Promise<SwitchedSink> {
  if (!webhook) return switchedSink(fileSink({ name, path }), mode)
  const naivety = naivetyOf(control)
  if (naivety) return switchedSink(naiveWebhook({ name, ...webhook, secret: [webhook.secret].flat()[0]!, naivety }), mode)
  // Loaded only here, so that services without a webhook are measured without it.
  const { webhookSink } = await import('../../../packages/sink-webhook/dist/index.js')
  const { ca, ...where } = webhook
  return switchedSink(webhookSink({ name, ...where, ...(ca !== undefined && { tls: { ca } }) }), mode)
}

async function journalOf({ control, directory, segmentBytes, maxBytes }: ServiceSettings): Promise<Journal> {
  if (control === 'memory') return memoryJournal()
  const options = {
    directory,
    ...(segmentBytes !== undefined && { segmentBytes }),
    ...(maxBytes !== undefined && { maxBytes }),
    // Other data on the disk of the test must not matter.
    freeSpace: { warnBytes: 0, stopBytes: 0 },
  }
  if (control === 'no-fence' || control === 'no-look') {
    const { journalOnUnsafeDisk } = await import('./unsafe-disk.ts')
    return journalOnUnsafeDisk(control, options)
  }
  const journal = fileJournal(options)
  if (control !== 'no-last-write') return journal
  return new Proxy(journal, {
    get(target, key) {
      if (key === 'appendSync') return undefined
      const value: unknown = Reflect.get(target, key, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

/** A clock that breaks the contract: its deadlines follow the time of day. */
async function wallClock(): Promise<Clock> {
  const { systemClock } = await import('../../../packages/core/src/clock.ts')
  return {
    ...systemClock,
    monotonic: Date.now,
    schedule(delayMs, callback, options) {
      const at = Date.now() + delayMs
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
