// F8: the disk is full, once by bytes and once by inodes, then there is room again.
import { execFileSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { readCommandLine } from '../harness/command-line.ts'
import { inOwnMounts } from '../harness/own-mounts.ts'
import { runHarness } from '../harness/run-harness.ts'
import { describeOutage, liveThroughBoth } from './outage.ts'
import { fullDisk } from './full-disk.row.ts'

const USAGE = `node faults/journal/full-disk.ts [--seconds 10] [--seed N] [--control deaf]`
const SIZE = 'size=32m,nr_inodes=4096'
const PAGE = Buffer.alloc(4 << 10)
/** Interval at which freed space is filled again. */
const REFILL_MS = 20

/** Each uses up one resource. */
const fillers = {
  bytes(folder: string): void {
    const file = openSync(join(folder, 'filler'), 'a')
    try {
      untilFull(() => writeSync(file, PAGE))
    } finally {
      closeSync(file)
    }
  },
  inodes(folder: string): void {
    mkdirSync(folder, { recursive: true })
    untilFull(() => closeSync(openSync(join(folder, String(created++)), 'wx')))
  },
}
let created = 0

await inOwnMounts()
const { numbers, seed, journal, control } = readCommandLine(USAGE, { seconds: 10 }, ['deaf'])
/** Without free inodes the `deaf` control has no error to ignore: its file does not exist. */
const kinds = control === undefined ? (['bytes', 'inodes'] as const) : (['bytes'] as const)
const mounted: string[] = []

await runHarness(fullDisk, { seed, control }, async (root) => {
  const found = await Promise.all(kinds.map(async (kind) => ({ kind, both: await liveThroughFull(kind, root) })))
  for (const disk of mounted) execFileSync('umount', [disk])
  return {
    observed: `${numbers.seconds} s ${found.map(({ kind, both }) => `full of ${kind}: ${describeOutage(both)}`).join('; ')}`,
    violations: found.flatMap(({ both }) => both.closed.violations.concat(both.open.violations)),
  }
})

function liveThroughFull(kind: keyof typeof fillers, root: string): ReturnType<typeof liveThroughBoth> {
  return liveThroughBoth(join(root, kind), async (failMode, folder) => {
    const disk = join(folder, 'disk')
    mkdirSync(disk)
    execFileSync('mount', ['-t', 'tmpfs', '-o', SIZE, 'tmpfs', disk])
    mounted.push(disk)
    const room = join(disk, 'room')
    let refilling: NodeJS.Timeout | undefined
    return {
      name: `${kind}, ${failMode}`,
      journal,
      seed,
      directory: join(disk, 'journal'),
      lastsMs: numbers.seconds * 1_000,
      begin() {
        mkdirSync(room)
        fillers[kind](room)
        refilling = setInterval(() => fillers[kind](room), REFILL_MS)
      },
      end() {
        clearInterval(refilling)
        rmSync(room, { recursive: true })
      },
    }
  })
}

function untilFull(take: () => unknown): void {
  try {
    for (;;) take()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
  }
}
