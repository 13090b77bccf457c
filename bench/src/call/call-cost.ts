import { setImmediate } from 'node:timers/promises'
import type { CaseOptions, Measurement } from '../benchmark.ts'
import { openNothing, openPino, openRecord, openWinston, type Contender, type OpenContender } from '../contender.ts'
import { pace } from '../pace.ts'
import { BATCH_EVENTS } from '../sample.ts'
import { percentile } from '../statistics.ts'

const PACED_MS = 10_000
const HOT_BATCHES = 100

export const record: Measurement = (options) => measure(options, openRecord)
export const pinoSync: Measurement = (options) => measure(options, openPino)
export const winstonStream: Measurement = (options) => measure(options, openWinston)
export const nothing: Measurement = (options) => measure(options, openNothing)

/** Measures at a steady pace, then at full speed, each after a warm-up. */
async function measure(options: CaseOptions, open: OpenContender) {
  const contender = await open(options)
  const results = await contender.inContext(async () => ({
    ...(await paced(contender, PACED_MS * options.scale)),
    ...(await hot(contender, Math.ceil(HOT_BATCHES * options.scale))),
  }))
  await contender.close()
  return { ...results, lost: contender.lost() }
}

async function paced(contender: Contender, durationMs: number) {
  await pace(durationMs / 5, contender.call)
  await contender.settled()
  const took = new Float64Array(durationMs * 11)
  const before = process.cpuUsage()
  const start = performance.now()
  const count = await pace(durationMs, (index) => (took[index] = timed(contender, index)))
  await contender.settled()
  const { user, system } = process.cpuUsage(before)
  const seconds = (performance.now() - start) / 1_000
  return { pacedP99: percentile(took.subarray(0, count), 99), cpu: (user + system) / 1_000 / seconds }
}

async function hot(contender: Contender, batches: number) {
  const took = new Float64Array(batches * BATCH_EVENTS)
  for (const isMeasured of [false, true]) {
    for (let batch = 0; batch < (isMeasured ? batches : Math.ceil(batches / 4)); batch++) {
      for (let index = 0; index < BATCH_EVENTS; index++) took[batch * BATCH_EVENTS + index] = timed(contender, index)
      // All earlier work is done before the next calls, as in a service that keeps up.
      await contender.settled()
      await setImmediate()
    }
  }
  return { hotP50: percentile(took, 50) }
}

/** In microseconds. */
function timed({ call }: Contender, index: number): number {
  const start = performance.now()
  call(index)
  return (performance.now() - start) * 1_000
}
