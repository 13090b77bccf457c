// One of the processes that share the programs of F20. Its arguments are the settings and its lane, as JSON.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { answer } from '../../harness/in-workers.ts'
import { progress } from '../../harness/verdict.ts'
import { runLane, type Lane, type LaneSettings } from './campaign.ts'

const started = performance.now()
const [settings, lane] = process.argv.slice(2).map((text) => JSON.parse(text) as unknown) as [LaneSettings, Lane]
const directory = mkdtempSync(join(tmpdir(), 'audit-f20-'))
const run = {
  ...settings,
  isQuick: false,
  control: undefined,
  directory,
  progress: (text: string) => progress(`F20 ${Math.round((performance.now() - started) / 1_000)} s: ${text}`),
}
try {
  answer(await runLane(run, lane))
} finally {
  rmSync(directory, { recursive: true, force: true })
}
