// Receivers in a process of their own. Not to be started by hand.
import type { Certificate } from '../../packages/sink-webhook/test/certificates.ts'
import { seededRandom } from '../../packages/core/src/testing/adapter/seeded-random.ts'
import type { BehaviourName } from './behaviours.ts'
import { HostileReceiver, type SocketReport } from './hostile-receiver.ts'
import type { ReceiverReport } from './receiver-ledger.ts'

export interface ReceiversSettings {
  readonly secret: string
  readonly seed: number
  readonly certificate: Certificate
  readonly receivers: readonly {
    readonly name: string
    readonly behaviour: BehaviourName
    readonly isTls?: boolean
  }[]
}

/** `mend`: all are healthy from now on, and every connection is closed. */
export type ReceiversRequest = 'urls' | 'mend' | 'report'
export type ReceiversReports = Readonly<Record<string, ReceiverReport & SocketReport>>

const { secret, seed, certificate, receivers } = JSON.parse(process.argv[2]!) as ReceiversSettings
const random = seededRandom(seed)
const running = new Map(
  receivers.map(({ name, behaviour, isTls }) => [
    name,
    new HostileReceiver({ secret, behaviour, random, tls: isTls ? certificate : undefined }),
  ]),
)
for (const receiver of running.values()) await receiver.start()

process.on('message', (asked: ReceiversRequest) => process.send!(answer(asked)))
process.on('disconnect', () => process.exit())

function answer(asked: ReceiversRequest): object {
  if (asked === 'urls') return Object.fromEntries(Array.from(running, ([name, { url }]) => [name, url]))
  if (asked === 'report') return Object.fromEntries(Array.from(running, ([name, receiver]) => [name, receiver.report()]))
  for (const receiver of running.values()) {
    receiver.behaviour = 'well'
    receiver.disconnect()
  }
  return {}
}
