import { tamperingControls } from './tampering/controls.ts'

/** A requirement of a row: the platform, a right or a tool. */
export type Need = 'linux' | 'root' | 'gcc' | 'openssl' | 'tc' | 'ext4' | 'xfs' | 'faketime'

export type RowName =
  | 'F1'
  | 'F2'
  | 'F3'
  | 'F4'
  | 'F5'
  | 'F7'
  | 'F8'
  | 'F9'
  | 'F10'
  | 'F10b'
  | 'F11'
  | 'F11b'
  | 'F12'
  | 'F13'
  | 'F14'
  | 'F15'
  | 'F16'
  | 'F17'
  | 'F18'
  | 'F20'
  | 'F20b'
  | 'F20c'
  | 'F21'
  | 'F22'
  | 'F23'
  | 'F24'

/** A program of this folder and its arguments. */
export interface Command {
  readonly program: string
  readonly full: readonly string[]
  readonly quick: readonly string[]
}

/** A run of the row without one safety step, which must fail. */
export interface Control {
  /** Given as `--control <name>`, in both tiers, with these further arguments. */
  readonly name: string
  readonly args: readonly string[]
  /** Text that one of its violations must contain, so that it does not fail for another reason. */
  readonly breaks: string
  /** Runs only in the full tier, because there are many controls of its kind. */
  readonly isFullOnly?: boolean
}

/** A fault, the goal under it, and the program that tries it. */
export interface Row extends Command {
  readonly row: RowName
  readonly fault: string
  readonly goal: string
  readonly controls: readonly Control[]
  /** False: the row measures no times, so its controls run at the same time in the full tier too. */
  readonly isTimed?: false
  /** False: the row has no random choices. */
  readonly hasSeed?: false
  readonly needs: readonly Need[]
}

export const rows: readonly Row[] = [
  {
    row: 'F1',
    fault: '`kill -9` at random times, two sinks',
    goal: '1,000 cycles: 0 acknowledged events lost, 0 corrupt, 0 failed starts; duplicates ≤ one batch per sink, source and cycle, removable by id',
    program: 'kill-cycles.ts',
    full: ['--cycles', '1000'],
    quick: ['--cycles', '40'],
    controls: [
      { name: 'memory', args: ['--cycles', '8', '--lanes', '1'], breaks: 'acknowledged events lost' },
      { name: 'write-behind', args: ['--cycles', '12', '--lanes', '1'], breaks: 'acknowledged events lost' },
      { name: 'no-offsets', args: ['--cycles', '8', '--lanes', '1'], breaks: 'events repeated' },
    ],
    needs: [],
  },
  {
    row: 'F2',
    fault: 'power loss on ext4 and XFS (loop devices that are shut down)',
    goal: '300 + 100 cycles: 0 acknowledged events lost',
    program: 'power-loss.ts',
    full: ['--ext4', '300', '--xfs', '100'],
    quick: ['--ext4', '12', '--xfs', '4'],
    controls: [{ name: 'no-sync', args: ['--ext4', '6', '--xfs', '2'], breaks: 'acknowledged events lost' }],
    needs: ['linux', 'root', 'ext4', 'xfs'],
  },
  {
    row: 'F3',
    fault: 'a simulated disk that loses power, with every legal order of what reached it',
    goal: '100,000 histories: a start recovers every acknowledged event, and otherwise only complete events that were being written; never an exception',
    program: 'histories.ts',
    full: ['--histories', '100000'],
    quick: ['--histories', '2000'],
    controls: [
      { name: 'no-sync', args: ['--histories', '2000'], breaks: 'a violation' },
      { name: 'no-directory-sync', args: ['--histories', '2000'], breaks: 'a violation' },
      { name: 'no-fence', args: ['--histories', '2000'], breaks: 'a violation' },
    ],
    needs: [],
  },
  {
    row: 'F4',
    fault: 'a log of 200 records is cut at every byte, and every bit of it is flipped',
    goal: '0 exceptions, 0 wrong records delivered',
    program: 'every-byte.ts',
    full: ['--records', '200'],
    quick: ['--records', '20', '--step', '3'],
    controls: [],
    hasSeed: false,
    needs: [],
  },
  {
    row: 'F5',
    fault: 'each system call fails once: EIO, ENOSPC, EMFILE, EACCES, EINTR',
    goal: '0 false acknowledgements, the process lives, clean after a restart',
    program: 'failing-calls.ts',
    full: ['--positions', '12'],
    quick: ['--positions', '1', '--errors', '2'],
    controls: [
      { name: 'deaf', args: ['--positions', '4', '--errors', '1'], breaks: 'acknowledged events lost' },
      { name: 'same-descriptor', args: ['--positions', '4', '--errors', '1'], breaks: 'acknowledged events lost' },
    ],
    needs: ['linux', 'gcc'],
  },
  {
    row: 'F7',
    fault: 'EIO on every sync for 30 s, then good',
    goal: 'fail-closed: 100 % rejected within `maxWaitMs`; fail-open: the counters balance; back without a restart in ≤ 5 s',
    program: 'failing-syncs.ts',
    full: ['--seconds', '30'],
    quick: ['--seconds', '4'],
    controls: [{ name: 'deaf', args: ['--seconds', '3'], breaks: 'acknowledged events lost' }],
    needs: ['linux', 'gcc'],
  },
  {
    row: 'F8',
    fault: 'a full disk, by bytes and by inodes, then room again',
    goal: 'fail-closed: 100 % rejected within `maxWaitMs`; fail-open: the counters balance; back without a restart in ≤ 5 s',
    program: 'full-disk.ts',
    full: ['--seconds', '30'],
    quick: ['--seconds', '4'],
    controls: [{ name: 'deaf', args: ['--seconds', '3'], breaks: 'acknowledged events lost' }],
    needs: ['linux', 'root'],
  },
  {
    row: 'F9',
    fault: 'every sync takes 500 ms longer',
    goal: 'event-loop delay p99 ≤ 20 ms, memory within its cap',
    program: 'slow-disk.ts',
    full: ['--seconds', '20'],
    quick: ['--seconds', '5'],
    controls: [{ name: 'blocking', args: ['--seconds', '3'], breaks: 'the event loop was' }],
    needs: ['linux', 'gcc'],
  },
  {
    row: 'F10',
    fault: 'a sink down for 60,000 events; beyond its `maxLagBytes`; removed from the configuration; its place deleted',
    goal: '0 lost in the first and last case, an exact `audit:lost` in the second, no growth in the third; RSS growth ≤ 32 MiB; p99 of `record()` ≤ 1.25× (paired)',
    program: 'down-sink.ts',
    full: [],
    quick: ['--quick'],
    controls: [{ name: 'memory', args: ['--quick', '--only', 'place'], breaks: 'acknowledged entries lost' }],
    needs: [],
  },
  {
    row: 'F10b',
    fault:
      "a webhook's receiver is down for 60,000 events, then back; it accepts only another secret for 10,000 events, until the service has that secret too",
    goal: 'all delivered, in order, each signature good; ≤ 32 MiB more held, ≤ 32 MiB more RSS than with a healthy receiver; with the wrong secret parked, 0 dead letters',
    program: 'down-receiver.ts',
    full: [],
    quick: ['--quick'],
    controls: [
      { name: 'deaf', args: ['--quick', '--only', 'down'], breaks: 'acknowledged entries lost' },
      { name: 'memory', args: ['--quick', '--only', 'rotated'], breaks: 'acknowledged entries lost' },
    ],
    needs: [],
  },
  {
    row: 'F11',
    fault:
      'a receiver that fails every other time at random (5xx, 408, 425, 429 with an absurd Retry-After), and one that closes connections at random',
    goal: '1,000 batches: 0 lost, 0 dead letters, in order, one in flight; ≤ 2.2 tries a batch; Retry-After honoured from 1 s to 24 h',
    program: 'failing-receiver.ts',
    full: [],
    quick: ['--quick'],
    controls: [
      { name: 'deaf', args: ['--quick', '--only', 'flaky'], breaks: 'acknowledged entries lost' },
      { name: 'deaf-to-waits', args: ['--quick', '--only', 'flaky'], breaks: 'tried again after' },
    ],
    needs: [],
  },
  {
    row: 'F11b',
    fault: 'a link of 256 kbit/s that drops what does not fit, and is down for 20 s now and then',
    goal: '0 lost, 0 dead letters, in order; ≤ 2.2 tries a batch, each ends in ≤ 15 s',
    program: 'slow-link.ts',
    full: [],
    quick: ['--quick'],
    controls: [{ name: 'patient', args: ['--quick'], breaks: 'a try took' }],
    needs: ['linux', 'root', 'tc'],
  },
  {
    row: 'F12',
    fault:
      'receivers that hang, drip, never end, send a bomb, redirect, speak an old TLS or none, or are stopped, all at once, and one healthy receiver',
    goal: 'each try ends in ≤ 15 s, ≤ 2 sockets a sink, ≤ 32 MiB of an answer taken, RSS growth ≤ 32 MiB; 0 lost, 0 dead letters once they are healthy; the healthy one: p99 from event to arrival ≤ 1.1× + 5 ms (paired)',
    program: 'hanging-receiver.ts',
    full: [],
    quick: ['--quick'],
    controls: [{ name: 'patient', args: ['--quick'], breaks: 'a try took' }],
    needs: ['linux', 'openssl'],
  },
  {
    row: 'F13',
    fault: 'a receiver that stores, and then resets, closes half-way or answers twice',
    goal: 'after removing repeated `webhook-id`s, each event is stored once, in order; each try has a new signature',
    program: 'unsure-receiver.ts',
    full: [],
    quick: ['--quick'],
    controls: [
      { name: 'new-ids', args: ['--quick'], breaks: 'had two ids' },
      { name: 'old-time', args: ['--quick'], breaks: 'a signature was repeated' },
    ],
    needs: [],
  },
  {
    row: 'F14',
    fault: 'a poison event in a batch of 100; a sink that refuses everything for 10,000 events, then accepts',
    goal: '99 delivered and one dead letter that survives 100 restarts and replays; 0 dead letters and all delivered',
    program: 'poison-event.ts',
    full: [],
    quick: ['--quick'],
    controls: [{ name: 'memory-letters', args: ['--quick'], breaks: 'the dead letter was kept after' }],
    needs: [],
  },
  {
    row: 'F15',
    fault: 'the clock jumps years, both ways',
    goal: 'sequence and ids in order, retries on monotonic time, 0 acknowledged lost',
    program: 'jumping-clock.ts',
    full: [],
    quick: ['--quick'],
    controls: [{ name: 'wall-clock', args: ['--quick'], breaks: 'retries in' }],
    needs: ['linux', 'faketime'],
  },
  {
    row: 'F16',
    fault: 'SIGTERM in mid-flush, `process.exit()` with a busy thread pool, an uncaught exception',
    goal: '0 acknowledged lost, order intact, ≥ 99 % of the pending written; `close()` ≤ 5 s',
    program: 'leaving-process.ts',
    full: [],
    quick: ['--quick'],
    controls: [
      { name: 'memory', args: ['--quick', '--only', 'signal'], breaks: 'acknowledged entries lost' },
      { name: 'no-last-write', args: ['--quick'], breaks: 'pending entries written' },
    ],
    needs: ['linux'],
  },
  {
    row: 'F17',
    fault: "5 million events undelivered (`onLag: 'hold'`), cold start, drain",
    goal: 'start ≤ 3 s, RSS ≤ 256 MiB, all delivered in order',
    program: 'backlog.ts',
    full: [],
    quick: ['--quick'],
    controls: [
      { name: 'memory', args: ['--quick'], breaks: 'delivered, each counted once' },
      { name: 'skip', args: ['--quick'], breaks: 'delivered, each counted once' },
    ],
    needs: ['linux'],
  },
  {
    row: 'F18',
    fault: 'as many fail-open events as a process can record (up to 200,000 a second), disk stalled',
    goal: 'RSS ≤ baseline + 64 MiB; the counters balance',
    program: 'stalled-flood.ts',
    full: [],
    quick: ['--quick'],
    // Its queue may be long before the disk stalls, so the absence of refusals shows more than its growth.
    controls: [{ name: 'unbounded', args: ['--quick'], breaks: 'nothing was lost' }],
    needs: [],
  },
  {
    row: 'F20',
    fault:
      "a sealed trail is tampered with in every triple of ways, at random, and by an attacker who sees the verifier's result; services continue it; copies of it are verified",
    goal: 'everything that counts as proven, is signed, is delivered or has a proof was recorded exactly so; counts are true at every exit code; absent events are named; originals are delivered; honest trails get exactly the exit code of the table',
    program: 'tampered-trails.ts',
    isTimed: false,
    full: [],
    quick: ['--quick'],
    controls: tamperingControls.map(({ name, breaks, isQuick }) => ({ name, args: ['--quick'], breaks, isFullOnly: !isQuick })),
    needs: [],
  },
  {
    row: 'F20b',
    fault: '`kill -9` during sealing',
    goal: '300 times: every published checkpoint is consistent with every later one and with the log; never two roots for one size',
    program: 'killed-sealers.ts',
    full: [],
    quick: ['--quick'],
    controls: [{ name: 'other-log', args: ['--quick'], breaks: "the verdict is 'unproven'" }],
    needs: [],
  },
  {
    row: 'F20c',
    fault: '50 containers start and end, each with a disk that ends with it; half of them are killed',
    goal: 'the file that all of them wrote to verifies by itself, log by log: 0 false alarms',
    program: 'short-lived-disks.ts',
    full: [],
    quick: ['--quick'],
    controls: [{ name: 'one-line-less', args: ['--quick'], breaks: 'missing' }],
    needs: [],
  },
  {
    row: 'F21',
    fault:
      'two processes on one directory, 8 workers, a stopped owner, an owner that reads its own `lock.db`, two services sharing a directory, 50 containers that come and go',
    goal: 'never two acknowledged writers, 0 acknowledged lost, each log without an owner adopted within 60 s',
    program: 'owners.ts',
    full: [],
    quick: ['--quick'],
    controls: [
      { name: 'no-fence', args: ['--quick', '--only', 'stopped'], breaks: 'acknowledged entries lost' },
      { name: 'memory', args: ['--quick', '--only', 'two'], breaks: 'acknowledged entries lost' },
    ],
    needs: ['linux'],
  },
  {
    row: 'F22',
    fault: 'files removed or replaced, wrong permissions, directories removed, while a process writes or idles',
    goal: 'noticed in ≤ 2 s, 0 events lost that were acknowledged afterwards, back ≤ 5 s after the repair, 0 false alarms',
    program: 'missing-files.ts',
    full: [],
    quick: ['--quick'],
    controls: [{ name: 'no-look', args: ['--quick', '--only', 'segment-removed'], breaks: 'not noticed' }],
    needs: ['linux', 'root'],
  },
  {
    row: 'F23',
    fault:
      'URLs from strangers that lead to the internal network: 60 ways and more, redirections, proxies of the environment, a name whose address changes',
    goal: "`allow: 'public'`: 0 connections to the internal network, the public receiver still reached; parked, all delivered later, 0 dead letters",
    program: 'private-network.ts',
    full: [],
    quick: ['--quick'],
    controls: [
      { name: 'any', args: ['--quick'], breaks: 'ways reached the internal network' },
      { name: 'check-first', args: ['--quick'], breaks: 'the name that changes reached the internal network' },
    ],
    needs: ['linux', 'root'],
  },
  {
    row: 'F24',
    fault:
      'odd requests to adapters: paths, encodings, aborts, upgrades, bodies, redirects, queues, throws and timeouts at every stage',
    goal: '10,000 for each platform: the trail agrees with the ledger of the application: 0 false, 0 missing, 0 crashes',
    program: 'odd-requests.ts',
    full: [],
    quick: ['--quick'],
    controls: [
      { name: 'response-decides', args: ['--quick', '--only', 'koa3-router15'], breaks: 'instead of success' },
      { name: 'denials-dropped', args: ['--quick', '--only', 'koa3-router15'], breaks: 'missing' },
      { name: 'contexts-mixed', args: ['--quick', '--only', 'koa3-router15'], breaks: 'false' },
    ],
    needs: [],
  },
]

export function goalOf(name: RowName): string {
  return rows.find(({ row }) => row === name)!.goal
}
