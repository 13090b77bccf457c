import { spawn } from 'node:child_process'

const INSIDE = 'AUDIT_FAULTS_OWN_MOUNTS'

/**
 * Runs this program once more, with mounts that only it sees and that end with it. Returns only in that program.
 * `more` names what `unshare` also gives it: `--net`. Needs root.
 */
export async function inOwnMounts(...more: readonly string[]): Promise<void> {
  if (process.env[INSIDE] !== undefined) return
  const inside = spawn('unshare', [...more, '--mount', '--propagation', 'private', process.execPath, ...process.argv.slice(1)], {
    stdio: 'inherit',
    env: { ...process.env, [INSIDE]: 'yes' },
  })
  process.exit(
    await new Promise<number>((resolve, reject) => {
      inside.once('error', reject)
      inside.once('exit', (code) => resolve(code ?? 1))
    }),
  )
}
