import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sampleBatch } from '@audit/core/testing'
import { afterAll, describe, expect, test } from 'vitest'
import { fileSink } from './file-sink.ts'

const disk = mountTinyDisk()
afterAll(() => {
  if (!disk) return
  execFileSync('umount', [disk])
  rmSync(disk, { recursive: true })
})

// Only root may mount; the limit on a file's size below shows the same on every machine.
describe.skipIf(!disk)('on a disk of 256 KiB', () => {
  test('a batch that does not fit is rejected, leaves no half line, and fits when there is room again', async () => {
    const path = join(disk!, 'trail.log')
    const ballast = join(disk!, 'ballast')
    writeFileSync(ballast, 'x'.repeat(128 * 1_024))
    const sink = fileSink({ path })
    const stored: string[] = []
    const batch = () => sampleBatch(10, () => ({ payload: { key: 'x'.repeat(2_000) } }))
    const write = (lines: ReturnType<typeof batch>) => sink.write(lines, { signal: new AbortController().signal })
    let refused = batch()
    for (let count = 0; count < 20; count++) {
      refused = batch()
      const error = await write(refused).then(() => void stored.push(...refused.lines), (reason: unknown) => reason)
      if (!error) continue
      expect(error).toMatchObject({ code: 'AUDIT_SINK_FAILED', retryable: true, message: expect.stringContaining('ENOSPC. The disk is full') })
      break
    }
    expect(stored.length).toBeGreaterThan(0)
    expect(stored.length).toBeLessThan(200)
    expect(readFileSync(path, 'utf8')).toBe(`${stored.join('\n')}\n`)
    rmSync(ballast)
    await write(refused)
    expect(readFileSync(path, 'utf8')).toBe(`${[...stored, ...refused.lines].join('\n')}\n`)
    await sink.close!()
  })
})

test('in a process that may write 64 KiB to a file, a batch that does not fit leaves no half line', () => {
  const folder = mkdtempSync(join(tmpdir(), 'audit-'))
  const path = join(folder, 'trail.log')
  const program = `
    process.on('SIGXFSZ', () => undefined)
    const { fileSink } = await import(${JSON.stringify(new URL('../dist/esm/index.js', import.meta.url).href)})
    const { sampleBatch } = await import(${JSON.stringify(new URL('../../core/dist/esm/testing/index.js', import.meta.url).href)})
    const sink = fileSink({ path: ${JSON.stringify(path)} })
    let stored = 0
    try {
      for (;;) {
        const batch = sampleBatch(10, () => ({ payload: { key: 'x'.repeat(1000) } }))
        await sink.write(batch, { signal: new AbortController().signal })
        stored += 10
      }
    } catch (error) {
      console.log(JSON.stringify({ stored, message: error.message }))
    }`
  const script = `ulimit -f 64; exec ${JSON.stringify(process.execPath)} --input-type=module -e "$PROGRAM"`
  const { stdout } = spawnSync('bash', ['-c', script], { env: { ...process.env, PROGRAM: program }, encoding: 'utf8' })
  const { stored, message } = JSON.parse(stdout) as { stored: number; message: string }
  const written = readFileSync(path, 'utf8')
  rmSync(folder, { recursive: true })
  expect(message).toMatch(/Cannot write to .*: EFBIG\. The file may not grow further/)
  expect(stored).toBeGreaterThan(0)
  expect(written.endsWith('\n')).toBe(true)
  expect(written.trimEnd().split('\n')).toHaveLength(stored)
})

function mountTinyDisk(): string | undefined {
  if (process.getuid?.() !== 0 || process.platform !== 'linux') return undefined
  const folder = mkdtempSync(join(tmpdir(), 'audit-disk-'))
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', folder])
  if (mounted.status === 0) return folder
  rmSync(folder, { recursive: true })
  // The rule for tools that a machine lacks: never silent, and on the main platform an error.
  process.stderr.write('skipped: the full-disk test cannot mount a tmpfs here\n')
  if (process.env['CI'] === 'true' && process.env['AUDIT_ALLOW_SKIPS'] !== 'true') throw new Error('mount failed on CI')
  return undefined
}
