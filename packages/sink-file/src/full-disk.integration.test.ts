import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sampleBatch } from '@audit/core/testing'
import { afterAll, describe, expect, test } from 'vitest'
import { fileSink } from './file-sink.ts'

const asRoot = process.getuid?.() === 0 ? [] : ['sudo', '-n']
const disk = mountTinyDisk()
afterAll(() => {
  if (!disk) return
  const [command, ...args] = [...asRoot, 'umount', '--lazy', disk]
  execFileSync(command!, args)
  rmSync(disk, { recursive: true })
})

// Only root may mount. The test below with a limit on the file size covers the same on every machine.
describe.skipIf(!disk)('on a disk of 256 KiB', () => {
  test('on a full disk a batch is rejected, leaves no partial line, and is stored when there is room again', async () => {
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
      const error = await write(refused).then(
        () => void stored.push(...refused.lines),
        (reason: unknown) => reason,
      )
      if (!error) continue
      expect(error).toMatchObject({
        code: 'AUDIT_SINK_FAILED',
        retryable: true,
        message: expect.stringContaining('ENOSPC. The disk is full'),
      })
      break
    }
    expect(stored.length).toBeGreaterThan(0)
    expect(stored.length).toBeLessThan(200)
    expect(readFileSync(path, 'utf8')).toBe(`${stored.join('\n')}\n`)
    rmSync(ballast)
    await write(refused)
    expect(readFileSync(path, 'utf8')).toBe(`${[...stored, ...refused.lines].join('\n')}\n`)
    await sink.close()
  })

  test('on a full disk several writers of one file remove only their own partial lines', async () => {
    const path = join(disk!, 'shared.log')
    const ballast = join(disk!, 'ballast')
    const sinks = Array.from({ length: 4 }, (_, index) => fileSink({ path, name: `sink ${index}` }))
    const stored: string[] = []
    let rejections = 0
    for (let round = 0; round < 10; round++) {
      // The free space differs each time, so a batch breaks off at another byte.
      const free = statfsSync(disk!).bavail * statfsSync(disk!).bsize
      writeFileSync(ballast, 'x'.repeat(Math.max(0, free - 30_000 - round * 700)))
      await Promise.all(
        sinks.map(async (sink) => {
          const lines = sampleBatch(10, () => ({ payload: { key: 'x'.repeat(1_200) } }))
          await sink.write(lines, { signal: new AbortController().signal }).then(
            () => stored.push(...lines.lines),
            () => rejections++,
          )
        }),
      )
      rmSync(ballast)
    }
    const written = readFileSync(path, 'utf8').split('\n').slice(0, -1)
    expect([stored.length > 0, rejections > 10]).toEqual([true, true])
    expect(written.toSorted()).toEqual(stored.toSorted())
    for (const sink of sinks) await sink.close()
  })
})

test('with a file size limit of 64 KiB, a batch that does not fit leaves no partial line', () => {
  const folder = mkdtempSync(join(tmpdir(), 'audit-'))
  const path = join(folder, 'trail.log')
  const program = `
    process.on('SIGXFSZ', () => undefined)
    const { fileSink } = await import(${JSON.stringify(new URL('../dist/index.js', import.meta.url).href)})
    const { sampleBatch } = await import(${JSON.stringify(new URL('../../core/dist/testing/index.js', import.meta.url).href)})
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
  const folder = mkdtempSync(join(tmpdir(), 'audit-disk-'))
  const options = 'size=256k,mode=0777'
  const [command, ...args] = [...asRoot, 'mount', '-t', 'tmpfs', '-o', options, 'tmpfs', folder]
  if (process.platform === 'linux' && spawnSync(command!, args).status === 0) return folder
  rmSync(folder, { recursive: true })
  // Never a silent skip; and on CI, where Linux decides, an error.
  process.stderr.write('SKIPPED: the test of a full disk, which needs Linux and the right to mount a tmpfs\n')
  if (process.env['CI'] === 'true' && process.platform === 'linux')
    throw new Error('The test of a full disk cannot mount a tmpfs.')
  return undefined
}
