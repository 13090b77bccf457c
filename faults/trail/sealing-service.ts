// A service that records and seals until it is closed or killed. Started by the harness; not by hand.
import { createAudit, defineEvents, fileAnchor, fileJournal } from '../../packages/core/dist/index.js'
import { fileSink } from '../../packages/sink-file/dist/index.js'
import type { SealingPlan } from './sealed-trail.ts'

const { directory, anchor, copy, key, everyMs, perSecond, segmentBytes } = JSON.parse(process.argv[2]!) as SealingPlan
const payload = { '~standard': { version: 1, vendor: 'faults', validate: (value: unknown) => ({ value }) } } as const
const audit = createAudit({
  service: 'sealed',
  events: defineEvents({ entry: { booked: payload, cancelled: payload } }),
  seal: key === undefined ? 'unsigned' : { key, everyMs },
  anchors: anchor === undefined ? [] : [fileAnchor({ path: anchor, everyMs: 1 })],
  journal: fileJournal({ directory, segmentBytes }),
  sinks: copy === undefined ? [] : [fileSink({ path: copy })],
})
await audit.ready()
process.send?.('ready')

let count = 0
let isClosing = false
process.once('message', () => {
  isClosing = true
  void audit.close().then(() => process.exit(0))
})
const started = performance.now()
work()

function work(): void {
  if (isClosing) return
  const due = ((performance.now() - started) / 1_000) * perSecond
  for (; count < due; count++) {
    const value = { n: count, note: `entry ${count} 💥`, amount: Math.round(Math.random() * 1e6) }
    void audit.record(count % 3 === 0 ? 'entry:cancelled' : 'entry:booked', value)
  }
  setTimeout(work, 2)
}
