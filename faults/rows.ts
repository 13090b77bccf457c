import type { Row } from './harness/row.ts'
import { oddRequests } from './adapters/odd-requests.row.ts'
import { everyByte } from './journal/every-byte.row.ts'
import { failingCalls } from './journal/failing-calls.row.ts'
import { failingSyncs } from './journal/failing-syncs.row.ts'
import { fullDisk } from './journal/full-disk.row.ts'
import { histories } from './journal/histories.row.ts'
import { missingFiles } from './journal/missing-files.row.ts'
import { powerLoss } from './journal/power-loss.row.ts'
import { slowDisk } from './journal/slow-disk.row.ts'
import { stalledFlood } from './journal/stalled-flood.row.ts'
import { jumpingClock } from './process/jumping-clock.row.ts'
import { killCycles } from './process/kill-cycles.row.ts'
import { leavingProcess } from './process/leaving-process.row.ts'
import { owners } from './process/owners.row.ts'
import { downReceiver } from './receivers/down-receiver.row.ts'
import { failingReceiver } from './receivers/failing-receiver.row.ts'
import { hangingReceiver } from './receivers/hanging-receiver.row.ts'
import { privateNetwork } from './receivers/private-network.row.ts'
import { slowLink } from './receivers/slow-link.row.ts'
import { unsureReceiver } from './receivers/unsure-receiver.row.ts'
import { backlog } from './sinks/backlog.row.ts'
import { downSink } from './sinks/down-sink.row.ts'
import { poisonEvent } from './sinks/poison-event.row.ts'
import { killedSealers } from './trail/killed-sealers.row.ts'
import { shortLivedDisks } from './trail/short-lived-disks.row.ts'
import { tamperedTrails } from './trail/tampered-trails.row.ts'

/** Every row, in the order of the table. */
export const rows: readonly Row[] = [
  killCycles,
  powerLoss,
  histories,
  everyByte,
  failingCalls,
  failingSyncs,
  fullDisk,
  slowDisk,
  downSink,
  downReceiver,
  failingReceiver,
  slowLink,
  hangingReceiver,
  unsureReceiver,
  poisonEvent,
  jumpingClock,
  leavingProcess,
  backlog,
  stalledFlood,
  tamperedTrails,
  killedSealers,
  shortLivedDisks,
  owners,
  missingFiles,
  privateNetwork,
  oddRequests,
]
