// F7: every sync fails with EIO for 30 seconds, then none does. What a failed sync should have made durable is gone.
import { join } from 'node:path'
import { readCommandLine } from '../harness/command-line.ts'
import { runHarness } from '../harness/run-harness.ts'
import { describeOutage, liveThroughBoth } from './outage.ts'
import { buildSickDisk, SickDisk } from './sick-disk.ts'
import { failingSyncs } from './failing-syncs.row.ts'

const USAGE = `node faults/journal/failing-syncs.ts [--seconds 30] [--seed N] [--control deaf]`

const { numbers, seed, journal, control } = readCommandLine(USAGE, { seconds: 30 }, ['deaf'])

await runHarness(failingSyncs, { seed, control }, async (root) => {
  const library = buildSickDisk(root)
  const found = await liveThroughBoth(root, async (failMode, folder) => {
    const directory = join(folder, 'journal')
    const disk = new SickDisk(library, directory, join(folder, 'disk'))
    return {
      name: failMode,
      journal,
      seed,
      directory,
      environment: disk.environment,
      lastsMs: numbers.seconds * 1_000,
      begin: () => disk.fallIll({ call: 'sync', action: 'EIO' }),
      end: () => disk.heal(),
    }
  })
  const violations = found.closed.violations.concat(found.open.violations)
  return { observed: `${numbers.seconds} s: ${describeOutage(found)}`, violations }
})
