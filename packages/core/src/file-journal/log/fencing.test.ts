import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { overriddenDisk } from '../../../test/overridden-disk.ts'
import { simulatedDisk, type SimulatedDisk } from '../../../test/simulated-disk.ts'
import { seededRandom } from '../../../test/simulated-random.ts'
import { temporaryDirectory } from '../../../test/temporary-directory.ts'
import type { FileSystem } from '../../log-format/file-system.ts'
import { nodeFileSystem } from '../../log-format/node-file-system.ts'
import { Fencing } from './fencing.ts'

const SOURCE = '/source'

async function diskWithSource(seed = 1): Promise<SimulatedDisk> {
  const disk = simulatedDisk({ random: seededRandom(seed) })
  await disk.makeDirectory(SOURCE)
  return disk
}

/** Breaks the lock, as if its file was deleted, or was opened and closed again in the same process. */
function withBrokenLock(disk: FileSystem): FileSystem {
  return overriddenDisk(disk, { lock: () => ({ release: () => undefined }) })
}

async function claimed(disk: FileSystem, seen: readonly number[] = []): Promise<Fencing> {
  const fencing = await Fencing.claim(disk, SOURCE, seen)
  if (!fencing) throw new Error('Another process has it.')
  return fencing
}

const passes = (fencing: Fencing | undefined) =>
  fencing?.check().then(
    () => true,
    () => false,
  ) ?? Promise.resolve(false)

describe('the owner of a source', () => {
  test('an owner keeps other processes away until it gives the source back, on a real disk', async () => {
    const directory = temporaryDirectory()
    const first = await Fencing.claim(nodeFileSystem, directory, [])
    expect(first?.term).toBe(1)
    expect(await Fencing.claim(nodeFileSystem, directory, [])).toBeUndefined()
    await first?.check()
    first?.checkSync()
    await first?.release()
    const second = await Fencing.claim(nodeFileSystem, directory, [])
    expect(second?.term).toBe(2)
    expect(await nodeFileSystem.list(directory)).toEqual(expect.arrayContaining(['owner.2']))
    expect(await nodeFileSystem.list(directory)).not.toContain('owner.1')
    await second?.release()
  })

  test('an owner has a higher term than any earlier one in a file name or in the log', async () => {
    const disk = await diskWithSource()
    await (await disk.open(`${SOURCE}/owner.41`, 'create')).close()
    const fencing = await claimed(disk, [17, 3])
    expect(fencing.term).toBe(42)
    await fencing.release()
    expect((await claimed(disk, [99])).term).toBe(100)
  })

  test.each([
    ['owner.999999998', []],
    ['owner.10000043', [42]],
    ['owner.42', [42, 20_000_000]],
    ['owner.999999999', []],
  ] as const)('with %s and segments of the terms %j, no process takes the source', async (name, seen) => {
    const disk = await diskWithSource()
    await (await disk.open(`${SOURCE}/${name}`, 'create')).close()
    await expect(Fencing.claim(disk, SOURCE, seen)).rejects.toMatchObject({
      code: 'AUDIT_JOURNAL_UNAVAILABLE',
      message: expect.stringMatching(/has (999999998|10000043|20000000|999999999) as its term, and no log is started that often/),
    })
    expect((await disk.list(SOURCE)).filter((each) => each.startsWith('owner.'))).toEqual([name])
  })

  test('a term that ten million starts may reach is followed by the next one', async () => {
    const disk = await diskWithSource()
    await (await disk.open(`${SOURCE}/owner.10000042`, 'create')).close()
    expect((await claimed(disk, [42])).term).toBe(10_000_043)
  })

  test('an owner writes its term, host and process id to its file', async () => {
    const disk = await diskWithSource()
    await claimed(disk)
    expect(JSON.parse(disk.files().get(`${SOURCE}/owner.1`)!.toString())).toMatchObject({ term: 1, pid: process.pid })
  })

  test('an owner keeps the source as long as its file exists', async () => {
    const disk = await diskWithSource()
    const fencing = await claimed(disk)
    await fencing.check()
    fencing.checkSync()
    await disk.remove(`${SOURCE}/owner.1`)
    expect(() => fencing.checkSync()).toThrow(expect.objectContaining({ code: 'AUDIT_JOURNAL_UNAVAILABLE' }))
    expect(fencing.isLost).toBe(true)
  })

  test('an owner loses the source once its file is removed, even if another file has the same name and inode', async () => {
    const disk = await diskWithSource()
    const fencing = await claimed(disk)
    await disk.remove(`${SOURCE}/owner.1`)
    await (await disk.open(`${SOURCE}/owner.1`, 'create')).close()
    await expect(fencing.check()).rejects.toMatchObject({
      code: 'AUDIT_JOURNAL_UNAVAILABLE',
      message: expect.stringContaining(`'${SOURCE}/owner.1' is gone`),
    })
    expect(fencing.isLost).toBe(true)
  })

  test('an owner does not lose the source because of one failed call of the disk', async () => {
    const disk = await diskWithSource()
    const fencing = await claimed(disk)
    disk.failNext('stat', 'EIO')
    await expect(fencing.check()).rejects.toMatchObject({ code: 'EIO' })
    expect(fencing.isLost).toBe(false)
    await fencing.check()
  })

  test.each(['open', 'list', 'write', 'syncDirectory', 'remove', 'stat'] as const)(
    'a claim that fails because of %s leaves the source to the next process',
    async (call) => {
      const disk = await diskWithSource()
      await (await disk.open(`${SOURCE}/owner.1`, 'create')).close()
      disk.failNext(call, 'EIO')
      await expect(Fencing.claim(disk, SOURCE, [])).rejects.toMatchObject({ code: 'EIO' })
      expect(await passes(await Fencing.claim(disk, SOURCE, []))).toBe(true)
    },
  )

  test('a claim that a power failure undid does not block the next one', async () => {
    const disk = await diskWithSource()
    await disk.syncDirectory('/')
    await claimed(disk)
    expect(await passes(await Fencing.claim(disk.crash(), SOURCE, []))).toBe(true)
  })
})

describe('a broken lock', () => {
  test('with a broken lock, the later owner is the only one', async () => {
    const disk = withBrokenLock(await diskWithSource())
    const [first, second] = [await claimed(disk), await claimed(disk)]
    expect([await passes(first), await passes(second)]).toEqual([false, true])
    expect(second.term).toBeGreaterThan(first.term)
  })

  test('with a broken lock, exactly one of several simultaneous claims keeps the source', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.integer({ min: 2, max: 4 }), async (seed, count) => {
        const disk = withBrokenLock(await diskWithSource(seed))
        const claims = await Promise.all(Array.from({ length: count }, () => Fencing.claim(disk, SOURCE, [])))
        const terms = new Set(claims.map((claim) => claim?.term))
        expect(terms.size).toBe(count)
        expect((await Promise.all(claims.map(passes))).filter(Boolean)).toHaveLength(1)
      }),
      { numRuns: 300 },
    )
  })

  test('an owner that takes over finds every write that was acknowledged to its writer', async () => {
    let acknowledged = 0
    await fc.assert(
      fc.asyncProperty(fc.nat(), async (seed) => {
        const disk = withBrokenLock(await diskWithSource(seed))
        const owners = await Promise.all(Array.from({ length: 3 }, (_, index) => ownAndWrite(disk, index)))
        for (const { term, written, count } of owners) {
          acknowledged += count
          for (const other of owners) {
            if (other.term > term) expect(other.found, `seed ${seed}`).toEqual(expect.arrayContaining(written))
          }
        }
      }),
      { numRuns: 300 },
    )
    expect(acknowledged).toBeGreaterThan(300)
  })
})

/** Claims the source, reads its files, and writes until another process takes over. */
async function ownAndWrite(disk: FileSystem, name: number) {
  const fencing = await claimed(disk)
  const found = await disk.list(SOURCE)
  const written: string[] = []
  try {
    for (let index = 0; index < 3; index++) {
      const file = `write.${name}.${index}`
      await disk.open(`${SOURCE}/${file}`, 'create')
      await fencing.check()
      written.push(file)
    }
  } catch {
    expect(fencing.isLost).toBe(true)
  }
  return { term: fencing.term, found, written, count: written.length }
}
