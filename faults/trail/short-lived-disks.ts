// F20c: containers start and end, each with a disk that ends with it. Only the file that all of them wrote to remains.
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { generateKeyPair } from '../../packages/proof/dist/index.js'
import { verifyTrail, type TrailReport } from '../../packages/cli/dist/index.js'
import { runFaultRow } from '../harness/fault-row.ts'
import { live } from './sealed-trail.ts'
import { shortLivedDisks } from './short-lived-disks.row.ts'

const CONTAINERS = { full: 50, quick: 15 }
const AT_ONCE = 3

await runFaultRow({
  row: shortLivedDisks,
  async run({ isQuick, directory, random, control, expect }) {
    const keys = generateKeyPair('sealed')
    const [copy, anchor] = [join(directory, 'audit.log'), join(directory, 'anchor.ndjson')]
    const count = CONTAINERS[isQuick ? 'quick' : 'full']
    const waiting = Array.from({ length: count }, (_, index) => index)
    let killed = 0
    const work = async () => {
      for (let index = waiting.shift(); index !== undefined; index = waiting.shift()) {
        const disk = join(directory, `disk-${index}`)
        mkdirSync(disk)
        const end = random() < 0.5 ? 'closed' : 'killed'
        if (end === 'killed') killed++
        const plan = { directory: disk, anchor, copy, key: keys.signingKey, everyMs: 50, perSecond: 500, segmentBytes: 1 << 20 }
        await live(plan, 20 + random() * 600, end)
        rmSync(disk, { recursive: true })
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, work))

    const given = { keys: [keys.verifierKey], anchors: [anchor], uniqueIds: true }
    if (control === 'one-line-less') {
      const lines = readFileSync(copy, 'utf8').trimEnd().split('\n')
      const stream = [Buffer.from(`${lines.toSpliced(Math.floor(lines.length / 2), 1).join('\n')}\n`)]
      expectHonest(await verifyTrail({ stream: asyncOf(stream), ...given }))
    } else expectHonest(await verifyTrail({ paths: [copy], ...given }))
    const report = await verifyTrail({ paths: [copy], ...given })
    const covered = report.sources.reduce((sum, { sealedTo }) => sum + sealedTo, 0)
    return (
      `${count} containers, ${killed} of them killed: the file has ${report.events} events of ${report.sources.length} logs in any order, ` +
      `${covered} of them under a signed checkpoint; 0 false alarms`
    )

    function expectHonest({ sources, findings }: TrailReport): void {
      for (const { cause, message } of [...findings, ...sources.flatMap((source) => source.findings)]) {
        expect(false, `an alarm: ${cause}: ${message}`)
      }
    }
  },
})

async function* asyncOf<T>(values: readonly T[]): AsyncGenerator<T> {
  yield* values
}
