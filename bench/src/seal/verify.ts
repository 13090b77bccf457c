import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { generateKeyPair } from '@audit/proof'
import type { CaseOptions, Measurement } from '../benchmark.ts'
import { closeWhole, openAudit } from '../open-audit.ts'
import { context, payloads } from '../sample.ts'

const EVENTS = Number(process.env['AUDIT_BENCH_EVENTS'] ?? 1_000_000)
const AT_ONCE = 1_000
const PROGRAM = fileURLToPath(new URL('verify-process.ts', import.meta.url))

/** A separate process, because a verifier does not take part in the writing. */
export const verify: Measurement = async (options) => {
  const { events, verifierKey } = await writeTrail(options)
  const { stdout, stderr, status } = spawnSync(process.execPath, [PROGRAM, options.directory, verifierKey], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`It does not verify: ${stdout}${stderr}`)
  const { ms, memory } = JSON.parse(stdout) as { readonly ms: number; readonly memory: number }
  return { eventsPerSecond: (events / ms) * 1_000, memory }
}

export const sha256sum: Measurement = async (options) => {
  const { events } = await writeTrail(options)
  const name = readdirSync(options.directory).find((each) => each.startsWith('bench-'))
  const log = join(options.directory, name!, 'log')
  const start = performance.now()
  const { status, error } = spawnSync(
    'sha256sum',
    readdirSync(log).map((file) => join(log, file)),
  )
  if (error) return { leftOut: 'sha256sum is not here' }
  if (status !== 0) throw new Error('sha256sum failed.')
  return { eventsPerSecond: (events / (performance.now() - start)) * 1_000 }
}

async function writeTrail(options: CaseOptions): Promise<{ readonly events: number; readonly verifierKey: string }> {
  const { signingKey, verifierKey } = generateKeyPair('bench')
  const audit = await openAudit({ ...options, journal: 'file' }, [], { key: signingKey })
  const count = Math.ceil(EVENTS * options.scale)
  await audit.run(context, async () => {
    for (let written = 0; written < count; written += AT_ONCE) {
      await Promise.all(Array.from({ length: AT_ONCE }, (_, at) => audit.record('flag:updated', payloads[at]!)))
    }
  })
  await closeWhole(audit)
  return { events: count, verifierKey }
}
