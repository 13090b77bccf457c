// F20b: kill -9 while sealing. Every published checkpoint stays correct.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { generateKeyPair, openCheckpoint, parseVerifierKey } from '../../packages/proof/dist/index.js'
import { verifyTrail } from '../../packages/cli/dist/index.js'
import { runFaultRow } from '../harness/fault-row.ts'
import { live, logsOf, type SealingPlan } from './sealed-trail.ts'
import { killedSealers } from './killed-sealers.row.ts'

const KILLS = { full: 300, quick: 25 }

await runFaultRow({
  row: killedSealers,
  async run({ isQuick, directory, random, control, progress, expect }) {
    const keys = generateKeyPair('sealed')
    const [root, anchor] = [join(directory, 'journal'), join(directory, 'anchor.ndjson')]
    const plan: SealingPlan = {
      directory: root,
      anchor,
      key: keys.signingKey,
      everyMs: 10,
      perSecond: 5_000,
      segmentBytes: 256 << 10,
    }
    const kills = KILLS[isQuick ? 'quick' : 'full']
    for (let killed = 0; killed < kills; killed++) {
      await live(plan, 20 + random() * 200, 'killed')
      if (killed % 25 === 24) progress(`${killed + 1} of ${kills} kills`)
    }
    await live(plan, 50, 'closed')

    const roots = new Map<string, string>()
    let published = 0
    for (const line of readFileSync(anchor, 'utf8').split('\n')) {
      const told = parsed(line)
      if (!told) continue
      const {
        origin,
        size,
        root: hash,
      } = openCheckpoint(told.checkpoint, { origin: told.origin, verifiers: [parseVerifierKey(keys.verifierKey)] })
      const before = roots.get(`${origin} ${size}`) ?? Buffer.from(hash).toString('hex')
      expect(before === Buffer.from(hash).toString('hex'), `two roots for ${size} events of ${origin}`)
      roots.set(`${origin} ${size}`, before)
      published++
    }
    // The control: checkpoints of one life are compared with the log of another.
    if (control === 'other-log') await live({ ...plan, directory: join(directory, 'another') }, 300, 'closed')
    const report = await verifyTrail({
      paths: [control === 'other-log' ? join(directory, 'another') : root],
      keys: [keys.verifierKey],
      anchors: [anchor],
      strict: true,
      uniqueIds: true,
    })
    const found = report.sources.flatMap(({ source, findings }) =>
      findings.map(({ cause, message }) => `${source} is ${cause}: ${message}`),
    )
    for (const finding of found) expect(false, finding)
    const uncompared = report.sources.flatMap(({ notes }) => notes.filter((note) => note.includes('not compared')))
    for (const note of uncompared) expect(false, note)
    expect(report.verdict === 'proven', `the verdict is '${report.verdict}'`)
    expect(published > kills, `only ${published} checkpoints were published`)
    return `${kills} kills: ${published} checkpoints published over ${roots.size} sizes of ${logsOf(root).length} logs, each with the root of the final ${report.events} events`
  },
})

/** Undefined for a line that a kill cut off. */
function parsed(line: string): { readonly origin: string; readonly checkpoint: string } | undefined {
  try {
    return JSON.parse(line) as { readonly origin: string; readonly checkpoint: string }
  } catch {
    return undefined
  }
}
