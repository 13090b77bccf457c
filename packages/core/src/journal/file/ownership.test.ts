import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { overriddenDisk } from '../../../test/overridden-disk.ts'
import { simulatedDisk, type SimulatedDisk } from '../../../test/simulated-disk.ts'
import { seededRandom } from '../../../test/simulated-random.ts'
import { temporaryDirectory } from '../../../test/temporary-directory.ts'
import type { FileSystem } from './file-system.ts'
import { nodeFileSystem } from './node-file-system.ts'
import { Ownership } from './ownership.ts'

const SOURCE = '/source'

async function diskWithSource(seed = 1): Promise<SimulatedDisk> {
  const disk = simulatedDisk({ random: seededRandom(seed) })
  await disk.makeDirectory(SOURCE)
  return disk
}

/** As if somebody had deleted the lock's file, or read it once too often. */
function withBrokenLock(disk: FileSystem): FileSystem {
  return overriddenDisk(disk, { lock: () => ({ release: () => undefined }) })
}

async function claimed(disk: FileSystem, seen = 0): Promise<Ownership> {
  const ownership = await Ownership.claim(disk, SOURCE, seen)
  if (!ownership) throw new Error('Another process has it.')
  return ownership
}

const passes = (ownership: Ownership | undefined) =>
  ownership?.check().then(
    () => true,
    () => false,
  ) ?? Promise.resolve(false)

describe('an owner', () => {
  test('keeps others away until it gives the source back, on a real disk', async () => {
    const directory = temporaryDirectory()
    const first = await Ownership.claim(nodeFileSystem, directory, 0)
    expect(first?.term).toBe(1)
    expect(await Ownership.claim(nodeFileSystem, directory, 0)).toBeUndefined()
    await first?.check()
    first?.checkSync()
    await first?.release()
    const second = await Ownership.claim(nodeFileSystem, directory, 0)
    expect(second?.term).toBe(2)
    expect(await nodeFileSystem.list(directory)).toEqual(expect.arrayContaining(['owner.2']))
    expect(await nodeFileSystem.list(directory)).not.toContain('owner.1')
    await second?.release()
  })

  test('has a term above every earlier one that is seen, in a file name or in the log', async () => {
    const disk = await diskWithSource()
    await (await disk.open(`${SOURCE}/owner.41`, 'create')).close()
    const ownership = await claimed(disk, 17)
    expect(ownership.term).toBe(42)
    await ownership.release()
    expect((await claimed(disk, 99)).term).toBe(100)
  })

  test('says in its file who it is', async () => {
    const disk = await diskWithSource()
    await claimed(disk)
    expect(JSON.parse(disk.files().get(`${SOURCE}/owner.1`)!.toString())).toMatchObject({ term: 1, pid: process.pid })
  })

  test('may go on as long as its file is there', async () => {
    const disk = await diskWithSource()
    const ownership = await claimed(disk)
    await ownership.check()
    ownership.checkSync()
    await disk.remove(`${SOURCE}/owner.1`)
    expect(() => ownership.checkSync()).toThrow(expect.objectContaining({ code: 'AUDIT_JOURNAL_UNAVAILABLE' }))
    expect(ownership.isLost).toBe(true)
  })

  test('is out once its file is gone, also when another took its name and its number', async () => {
    const disk = await diskWithSource()
    const ownership = await claimed(disk)
    await disk.remove(`${SOURCE}/owner.1`)
    await (await disk.open(`${SOURCE}/owner.1`, 'create')).close()
    await expect(ownership.check()).rejects.toMatchObject({
      code: 'AUDIT_JOURNAL_UNAVAILABLE',
      message: expect.stringContaining(`'${SOURCE}/owner.1' is gone`),
    })
    expect(ownership.isLost).toBe(true)
  })

  test('is not out because the disk did not answer once', async () => {
    const disk = await diskWithSource()
    const ownership = await claimed(disk)
    disk.failNext('stat', 'EIO')
    await expect(ownership.check()).rejects.toMatchObject({ code: 'EIO' })
    expect(ownership.isLost).toBe(false)
    await ownership.check()
  })

  test.each(['open', 'list', 'write', 'syncDirectory', 'remove', 'stat'] as const)(
    'that could not claim because %s fails leaves the source to the next',
    async (call) => {
      const disk = await diskWithSource()
      await (await disk.open(`${SOURCE}/owner.1`, 'create')).close()
      disk.failNext(call, 'EIO')
      await expect(Ownership.claim(disk, SOURCE, 0)).rejects.toMatchObject({ code: 'EIO' })
      expect(await passes(await Ownership.claim(disk, SOURCE, 0))).toBe(true)
    },
  )

  test('whose claim a power failure undid does not stand in the way', async () => {
    const disk = await diskWithSource()
    await disk.syncDirectory('/')
    await claimed(disk)
    expect(await passes(await Ownership.claim(disk.crash(), SOURCE, 0))).toBe(true)
  })
})

describe('when the lock is broken', () => {
  test('the later owner is the only one', async () => {
    const disk = withBrokenLock(await diskWithSource())
    const [first, second] = [await claimed(disk), await claimed(disk)]
    expect([await passes(first), await passes(second)]).toEqual([false, true])
    expect(second.term).toBeGreaterThan(first.term)
  })

  test('of any that claim at once, no two may go on', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.integer({ min: 2, max: 4 }), async (seed, count) => {
        const disk = withBrokenLock(await diskWithSource(seed))
        const claims = await Promise.all(Array.from({ length: count }, () => Ownership.claim(disk, SOURCE, 0)))
        const terms = new Set(claims.map((claim) => claim?.term))
        expect(terms.size).toBe(count)
        expect((await Promise.all(claims.map(passes))).filter(Boolean)).toHaveLength(1)
      }),
      { numRuns: 300 },
    )
  })

  test('whoever takes over finds every write that its writer was told of', async () => {
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

/** Claims, looks at what is there, and writes until another has taken over. */
async function ownAndWrite(disk: FileSystem, name: number) {
  const ownership = await claimed(disk)
  const found = await disk.list(SOURCE)
  const written: string[] = []
  try {
    for (let index = 0; index < 3; index++) {
      const file = `write.${name}.${index}`
      await disk.open(`${SOURCE}/${file}`, 'create')
      await ownership.check()
      written.push(file)
    }
  } catch {
    expect(ownership.isLost).toBe(true)
  }
  return { term: ownership.term, found, written, count: written.length }
}
