import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as wait } from 'node:timers/promises'
import type { CaseOptions, Measurement } from '../benchmark.ts'
import { openNothing, openPino, openRecord, type OpenContender } from '../contender.ts'
import { pace } from '../pace.ts'

const DURATION_MS = 10_000
const WARM_UP_MS = 2_000
/** The finest resolution of its timer; the reported delays include this millisecond. */
const RESOLUTION_MS = 1

export const idle: Measurement = (options) => measure(options, openNothing, (durationMs) => wait(durationMs))
export const loopAlone: Measurement = (options) => measure(options, openNothing)
export const record: Measurement = (options) => measure(options, openRecord)
export const pinoSync: Measurement = (options) => measure(options, openPino)

type Load = (durationMs: number, call: (index: number) => void) => Promise<unknown>

async function measure(options: CaseOptions, open: OpenContender, load: Load = pace) {
  const contender = await open(options)
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  await contender.inContext(async () => {
    await load(WARM_UP_MS * options.scale, contender.call)
    delay.enable()
    await load(DURATION_MS * options.scale, contender.call)
    delay.disable()
  })
  await contender.close()
  return { p50: delay.percentile(50) / 1e6, p99: delay.percentile(99) / 1e6, max: delay.max / 1e6, lost: contender.lost() }
}
