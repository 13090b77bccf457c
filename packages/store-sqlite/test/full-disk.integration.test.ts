import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sampleBatch } from '@audit/core/testing'
import { afterAll, describe, expect, test } from 'vitest'
import { sqliteStore } from '../src/index.ts'

const asRoot = process.getuid?.() === 0 ? [] : ['sudo', '-n']
const disk = mountSmallDisk()
afterAll(() => {
  if (!disk) return
  const [command, ...args] = [...asRoot, 'umount', '--lazy', disk]
  execFileSync(command!, args)
  rmSync(disk, { recursive: true })
})

// Only root may mount.
describe.skipIf(!disk)('on a disk of 4 MiB', () => {
  test('on a full disk a batch is rejected as a whole, readers go on, and it is stored when there is room again', async () => {
    const ballast = join(disk!, 'ballast')
    writeFileSync(ballast, 'x'.repeat(2 << 20))
    const store = sqliteStore({ path: join(disk!, 'audit.db') })
    const reader = store.reader({ tenants: 'all' })
    const write = (batch: ReturnType<typeof sampleBatch>) => store.write(batch, { signal: new AbortController().signal })
    const batch = () => sampleBatch(50, () => ({ payload: { key: 'x'.repeat(2_000) } }))
    let [stored, refused] = [0, batch()]
    for (let count = 0; count < 100; count++) {
      refused = batch()
      const error = await write(refused).then(
        () => void (stored += 50),
        (reason: unknown) => reason,
      )
      if (!error) continue
      expect(error).toMatchObject({
        code: 'AUDIT_SINK_FAILED',
        retryable: true,
        message: expect.stringMatching(/disk/) as string,
      })
      break
    }
    expect(stored).toBeGreaterThan(0)
    expect(stored).toBeLessThan(5_000)
    expect((await reader.summary()).count).toBe(stored)
    rmSync(ballast)
    await write(refused)
    expect((await reader.summary()).count).toBe(stored + 50)
    await store.close()
  })
})

function mountSmallDisk(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'audit-disk-'))
  const [command, ...args] = [...asRoot, 'mount', '-t', 'tmpfs', '-o', 'size=4m,mode=0777', 'tmpfs', folder]
  if (process.platform === 'linux' && spawnSync(command!, args).status === 0) return folder
  rmSync(folder, { recursive: true })
  process.stderr.write('SKIPPED: the test of a full disk, which needs Linux and the right to mount a tmpfs\n')
  if (process.env['CI'] === 'true' && process.platform === 'linux')
    throw new Error('The test of a full disk cannot mount a tmpfs.')
  return undefined
}
