import { describe, expect, test } from 'vitest'
import { simulatedDisk, type SimulatedDisk } from './simulated-disk.ts'
import { seededRandom } from './simulated-random.ts'

const SEEDS = 300
const written = Buffer.from('x'.repeat(2_000))

function disk(seed: number, options: { ignoreSync?: boolean; ignoreSyncDirectory?: boolean } = {}): SimulatedDisk {
  return simulatedDisk({ random: seededRandom(seed), ...options })
}

/** Creates a file and makes the requested parts of it durable. */
async function create(on: SimulatedDisk, path: string, bytes: Uint8Array, { sync = true, syncDirectory = true } = {}) {
  const file = await on.open(path, 'create')
  expect(await file.write(bytes)).toBe(bytes.length)
  if (sync) await file.sync()
  if (syncDirectory) await on.syncDirectory('/')
  return file
}

/** The contents of the files after each of many crashes, one for each seed. */
async function afterCrashes(
  prepare: (on: SimulatedDisk) => Promise<unknown>,
  options = {},
): Promise<ReadonlyMap<string, Buffer>[]> {
  const found: ReadonlyMap<string, Buffer>[] = []
  for (let seed = 0; seed < SEEDS; seed++) {
    const on = disk(seed, options)
    await prepare(on)
    found.push(on.crash().files())
  }
  return found
}

function names(found: ReadonlyMap<string, Buffer>): string {
  return [...found.keys()].toSorted().join(' ')
}

describe('power failures', () => {
  test('a power failure leaves synced files and directories', async () => {
    for (const files of await afterCrashes((on) => create(on, '/a', written))) expect(files.get('/a')).toEqual(written)
  })

  test('a power failure tears, cuts, empties and garbles unsynced writes, and leaves those that were synced before', async () => {
    const found = await afterCrashes(async (on) => {
      const file = await create(on, '/a', written.subarray(0, 700))
      await file.write(written)
    })
    const contents = found.map((files) => files.get('/a')!)
    for (const content of contents) expect(content.subarray(0, 700)).toEqual(written.subarray(0, 700))
    const rests = contents.map((content) => content.subarray(700))
    expect(rests.some((rest) => rest.length === 0)).toBe(true)
    expect(rests.some((rest) => rest.equals(written))).toBe(true)
    expect(
      rests.some((rest) => rest.length % 512 !== 0 && rest.length < 2_000 && written.subarray(0, rest.length).equals(rest)),
    ).toBe(true)
    expect(rests.some((rest) => rest.length === 2_000 && rest.includes(0) && rest.subarray(1_500).includes('xxx'))).toBe(true)
    expect(rests.some((rest) => rest.some((byte) => byte !== 0 && byte !== 0x78))).toBe(true)
  })

  test('a power failure removes or leaves a synced file whose name was not synced', async () => {
    const found = await afterCrashes((on) => create(on, '/a', written, { syncDirectory: false }))
    expect(new Set(found.map(names))).toEqual(new Set(['', '/a']))
    for (const files of found) expect(files.get('/a') ?? written).toEqual(written)
  })

  test('a power failure leaves the old file or the new one of a rename, and never neither', async () => {
    const found = await afterCrashes(async (on) => {
      await create(on, '/a', Buffer.from('old'))
      await create(on, '/a.tmp', Buffer.from('new'))
      await on.rename('/a.tmp', '/a')
    })
    expect(new Set(found.map((files) => `${names(files)} ${files.get('/a')}`))).toEqual(new Set(['/a /a.tmp old', '/a new']))
  })

  test('a power failure reorders steps on different names, and not on the same name', async () => {
    const found = await afterCrashes(async (on) => {
      for (const name of ['/a', '/b']) await create(on, name, written, { syncDirectory: false })
      await on.remove('/a')
      await create(on, '/a', Buffer.from('again'), { syncDirectory: false })
    })
    expect(new Set(found.map(names))).toEqual(new Set(['', '/a', '/b', '/a /b']))
    expect(found.some((files) => files.get('/a')?.toString() === 'again')).toBe(true)
  })

  test('a power failure removes a directory with its contents, unless its own name was synced', async () => {
    const prepare = (parent: boolean) => async (on: SimulatedDisk) => {
      await on.makeDirectory('/d')
      await (await on.open('/d/a', 'create')).close()
      await on.syncDirectory('/d')
      if (parent) await on.syncDirectory('/')
    }
    expect(new Set((await afterCrashes(prepare(false))).map(names))).toEqual(new Set(['', '/d/a']))
    expect(new Set((await afterCrashes(prepare(true))).map(names))).toEqual(new Set(['/d/a']))
  })

  test('a power failure loses synced writes on a disk that ignores syncs', async () => {
    const noSync = await afterCrashes((on) => create(on, '/a', written), { ignoreSync: true })
    expect(noSync.some((files) => !files.get('/a')!.equals(written))).toBe(true)
    const noDirectorySync = await afterCrashes((on) => create(on, '/a', written), { ignoreSyncDirectory: true })
    expect(noDirectorySync.some((files) => !files.has('/a'))).toBe(true)
    const sync = await afterCrashes(async (on) => on.createSync('/a', written), { ignoreSync: true })
    expect(sync.some((files) => !files.get('/a')!.equals(written))).toBe(true)
  })

  test('a power failure leaves a synchronous write that was made right before it', async () => {
    for (const files of await afterCrashes(async (on) => on.createSync('/a', written))) expect(files.get('/a')).toEqual(written)
  })
})

describe('kills', () => {
  test('a killed process leaves everything it had written, synced or not, and no locks', async () => {
    for (let seed = 0; seed < SEEDS; seed++) {
      const on = disk(seed)
      await create(on, '/a', written, { sync: false, syncDirectory: false })
      expect(on.lock('/lock')).toBeDefined()
      expect(on.lock('/lock')).toBeUndefined()
      const next = on.kill()
      expect(next.files().get('/a')).toEqual(written)
      expect(next.lock('/lock')).toBeDefined()
    }
  })

  test('a killed process gets no answers any more, and its pending calls happen, in part, or not', async () => {
    const lengths = new Set<number>()
    let answers = 0
    for (let seed = 0; seed < SEEDS; seed++) {
      const on = disk(seed)
      const file = await create(on, '/a', Buffer.alloc(0))
      void file.write(written).finally(() => answers++)
      const next = on.kill()
      void file.write(written).finally(() => answers++)
      void on.open('/b', 'create').finally(() => answers++)
      on.createSync('/c', written)
      await new Promise((resolve) => setImmediate(resolve))
      expect(names(next.files())).toBe('/a')
      lengths.add(next.files().get('/a')!.length)
    }
    expect(answers).toBe(0)
    expect(lengths).toContain(0)
    expect(lengths).toContain(2_000)
    expect(lengths.size).toBeGreaterThan(10)
  })
})

describe('faults', () => {
  test('a fault fails one call, with the given errno', async () => {
    const on = disk(1)
    on.failNext('open', 'EMFILE')
    on.failNext('rename', 'EACCES')
    await expect(on.open('/a', 'create')).rejects.toMatchObject({ code: 'EMFILE', path: '/a' })
    await (await on.open('/a', 'create')).close()
    await expect(on.rename('/a', '/b')).rejects.toMatchObject({ code: 'EACCES' })
    expect(names(on.files())).toBe('/a')
    await on.rename('/a', '/b')
    expect(names(on.files())).toBe('/b')
    expect(on.faults).toBe(2)
    on.failNext('stat', 'EIO')
    expect(on.clearFaults()).toBe(1)
    expect((await on.stat('/b')).size).toBe(0)
  })

  test('a fault in a write stores fewer bytes, with an error or without one', async () => {
    const counts = new Set<number>()
    for (let seed = 0; seed < SEEDS; seed++) {
      const on = disk(seed)
      const file = await on.open('/a', 'create')
      on.failNext('write', 'short')
      const count = await file.write(written)
      expect(count).toBeLessThan(written.length)
      expect((await file.stat()).size).toBe(count)
      on.failNext('write', 'ENOSPC')
      await expect(file.write(written)).rejects.toMatchObject({ code: 'ENOSPC' })
      counts.add((await file.stat()).size - count)
    }
    expect(counts.size).toBeGreaterThan(10)
  })

  test('a fault in a sync lets the next one succeed with the bytes gone', async () => {
    let lost = 0
    for (let seed = 0; seed < SEEDS; seed++) {
      const on = disk(seed)
      const file = await create(on, '/a', written.subarray(0, 300))
      await file.write(written)
      on.failNext('sync', 'EIO')
      await expect(file.sync()).rejects.toMatchObject({ code: 'EIO' })
      await file.sync()
      const content = on.crash().files().get('/a')!
      expect(content.subarray(0, 300)).toEqual(written.subarray(0, 300))
      if (content.length < 2_300 || content.includes(0)) lost++
    }
    expect(lost).toBeGreaterThan(SEEDS / 2)
  })

  test('a fault in a sync of a directory leaves the step to the next sync', async () => {
    const found = await afterCrashes(async (on) => {
      await create(on, '/a', written, { syncDirectory: false })
      on.failNext('syncDirectory', 'EIO')
      await expect(on.syncDirectory('/')).rejects.toMatchObject({ code: 'EIO' })
      await on.syncDirectory('/')
    })
    for (const files of found) expect(names(files)).toBe('/a')
  })

  test('a fault fails the given share of all calls', async () => {
    const on = simulatedDisk({ random: seededRandom(7), faultShare: 0.1 })
    const outcomes = await Promise.allSettled(Array.from({ length: 1_000 }, () => on.list('/')))
    const failed = outcomes.filter(({ status }) => status === 'rejected').length
    expect(failed).toBe(on.faults)
    expect(failed).toBeGreaterThan(50)
    expect(failed).toBeLessThan(200)
  })
})

test('concurrent calls take effect in an order that the seed decides', async () => {
  const orders = new Set<string>()
  for (let seed = 0; seed < 50; seed++) {
    const run = async () => {
      const on = disk(seed)
      const order: string[] = []
      const create = (name: string) => on.open(name, 'create').then(() => order.push(name))
      await Promise.all(['/a', '/b', '/c'].map(create))
      return order.join(' ')
    }
    const order = await run()
    expect(await run()).toBe(order)
    orders.add(order)
  }
  expect(orders.size).toBe(6)
})

test('errors look like those of a real disk', async () => {
  const on = simulatedDisk({ random: seededRandom(1), files: new Map([['/d/a', written]]) })
  await expect(on.open('/d/a', 'create')).rejects.toMatchObject({ code: 'EEXIST', syscall: 'open', path: '/d/a' })
  await expect(on.open('/none/a', 'create')).rejects.toMatchObject({ code: 'ENOENT' })
  await expect(on.open('/d', 'read')).rejects.toMatchObject({ code: 'EISDIR' })
  await expect(on.makeDirectory('/d')).rejects.toMatchObject({ code: 'EEXIST' })
  await expect(on.list('/d/a')).rejects.toMatchObject({ code: 'ENOTDIR' })
  await expect(on.remove('/none')).rejects.toMatchObject({ code: 'ENOENT' })
  await expect(on.rename('/d/a', '/a')).rejects.toMatchObject({ code: 'EXDEV' })
  expect(() => on.createSync('/d/a', written)).toThrow('EEXIST')
})

test('a removed file can still be read, and its number is reused once it is closed', async () => {
  const on = disk(1)
  const file = await create(on, '/a', written)
  const stat = await file.stat()
  await on.remove('/a')
  expect(await file.stat()).toEqual({ ...stat, links: 0 })
  const bytes = Buffer.alloc(4_000)
  expect(await file.read(bytes, 1_500)).toBe(500)
  await on.open('/b', 'create')
  expect((await on.stat('/b')).inode).not.toBe(stat.inode)
  await file.close()
  await on.open('/a', 'create')
  expect(on.isSameSync('/a', stat)).toBe(true)
})
