// A service that records without pause and ends in the requested way. Started by the harness; not by hand.
import { pbkdf2 } from 'node:crypto'
import { mkdirSync, openSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import type { ServiceMessage, ServiceSettings } from '../harness/service/service-settings.ts'
import { createService } from '../harness/service/create-service.ts'

/** `signal`: without a listener. `signal-and-close`: a handler closes the audit. `exit`: with a busy thread pool. */
export type Leaving = 'signal' | 'signal-and-close' | 'exit' | 'uncaught'

/** Recorded in one turn of the event loop, so that some always wait when the process leaves. */
const BURST = 100

const way = process.env['LEAVING'] as Leaving
const { audit } = await createService(JSON.parse(process.argv[2]!) as ServiceSettings, () => undefined)
const offeredPath = process.env['OFFERED']!
mkdirSync(dirname(offeredPath), { recursive: true })
const offered = openSync(offeredPath, 'w')
let next = 0

let isClosing = false
if (way === 'signal-and-close') process.on('SIGTERM', closeAndLeave)
process.on('message', ({ call }: { readonly call: string }) => {
  if (call !== 'pause') return
  // The last entries are in no group yet, and the earlier ones wait behind these.
  if (way === 'exit') for (let index = 0; index < 16; index++) pbkdf2('secret', 'salt', 50_000, 64, 'sha512', () => undefined)
  setImmediate(leave)
})
await audit.ready()
work()

function leave(): void {
  recordBurst()
  if (way === 'exit') process.exit(3)
  throw new Error('Nothing catches this.')
}

function closeAndLeave(): void {
  recordBurst()
  isClosing = true
  void audit.close().then(() => process.exit(0))
}

function work(): void {
  if (isClosing) return
  recordBurst()
  void audit.flush().catch(() => undefined)
  setTimeout(work, 2)
}

function recordBurst(): void {
  // A byte for each entry, which stays after any end of the process.
  writeSync(offered, '.'.repeat(BURST))
  void tell(
    Array.from({ length: BURST }, async (): Promise<readonly [number, string] | undefined> => {
      const n = next++
      const { id, held } = await audit.record('entry:booked', { n })
      return held === 'journal' ? [n, id] : undefined
    }),
  )
}

async function tell(answers: readonly Promise<readonly [number, string] | undefined>[]): Promise<void> {
  const entries = (await Promise.all(answers)).filter((entry) => entry !== undefined)
  const message: ServiceMessage = { kind: 'acknowledged', entries }
  if (process.connected) process.send?.(message)
}
