import { describe, expect, test, vi } from 'vitest'
import { simulatedDisk, type SimulatedDisk } from '../../../test/simulated-disk.ts'
import { seededRandom } from '../../../test/simulated-random.ts'
import { checkedLine, readChecked } from './checked-line.ts'
import { Places } from './places.ts'

const PATH = '/source/places.ndjson'

function diskWith(content: string | undefined): SimulatedDisk {
  const files = new Map([['/source/source.json', Buffer.from('{}')]])
  if (content !== undefined) files.set(PATH, Buffer.from(content))
  return simulatedDisk({ random: seededRandom(3), files })
}

const line = (places: Readonly<Record<string, number>>) => checkedLine(JSON.stringify({ places }).slice(0, -1)).toString()
const contentOf = (disk: SimulatedDisk) => disk.files().get(PATH)!.toString()
const lineCount = (disk: SimulatedDisk) => contentOf(disk).split('\n').length - 1

async function open(disk: SimulatedDisk, isNew = false) {
  const warn = vi.fn()
  return { places: await Places.open(disk, '/source', { isNew, warn }), warn }
}

async function reopened(disk: SimulatedDisk): Promise<Readonly<Record<string, number | undefined>>> {
  const { places } = await open(disk)
  return Object.fromEntries(places.names.map((name) => [name, places.get(name)]))
}

describe('places', () => {
  test('are what the last line says of each reader', async () => {
    const disk = diskWith(line({ a: 1, b: 2 }) + line({ a: 5 }) + line({ c: 3 }) + line({ a: 4 }))
    expect(await reopened(disk)).toEqual({ a: 4, b: 2, c: 3 })
  })

  test('are kept line by line, and found by the next process', async () => {
    const disk = diskWith(undefined)
    const { places } = await open(disk, true)
    expect(places.mayMissNames).toBe(false)
    await places.set('webhook', 3)
    await places.set('slack', 1)
    await places.set('webhook', 8)
    expect(lineCount(disk)).toBe(4)
    for (const text of contentOf(disk).split('\n').slice(0, -1)) expect(readChecked(Buffer.from(text))).toBeDefined()
    expect(await reopened(disk.kill())).toEqual({ webhook: 8, slack: 1 })
  })

  test('that change at once go into one line', async () => {
    const disk = diskWith('')
    const { places } = await open(disk, true)
    await Promise.all(Array.from({ length: 100 }, (_, index) => places.set(`sink ${index}`, index)))
    // One line was there; a first move may have begun alone, while the others came.
    expect(lineCount(disk)).toBeLessThanOrEqual(3)
    expect(Object.keys(await reopened(disk.kill()))).toHaveLength(100)
  })

  test('that do not change are not written again', async () => {
    const disk = diskWith('')
    const { places } = await open(disk, true)
    await places.set('a', 1)
    const before = contentOf(disk)
    await places.set('a', 1)
    expect(contentOf(disk)).toBe(before)
  })

  test('survive a power failure once they are synced', async () => {
    const disk = diskWith(undefined)
    const { places } = await open(disk, true)
    await places.set('a', 7)
    await places.sync()
    expect(await reopened(disk.crash())).toEqual({ a: 7 })
  })

  test('of any sink name are kept: names are data', async () => {
    const names = ['__proto__', 'constructor', '"', '\n', 'ü💥', '../x', '']
    const disk = diskWith(undefined)
    const { places } = await open(disk, true)
    for (const [index, name] of names.entries()) await places.set(name, index)
    const { places: again } = await open(disk.kill())
    expect(names.map((name) => again.get(name))).toEqual(names.map((_, index) => index))
  })

  test('are forgotten for good', async () => {
    const disk = diskWith(line({ a: 1, b: 2 }))
    const { places } = await open(disk)
    await places.forget('a')
    expect(places.get('a')).toBeUndefined()
    expect(contentOf(disk)).not.toContain('"a"')
    expect(await reopened(disk.crash())).toEqual({ b: 2 })
  })

  test('are rewritten when their file is long, with every place in it', async () => {
    const disk = diskWith(undefined)
    const { places } = await open(disk, true)
    await places.set('still', 1)
    const most = { bytes: 0 }
    for (let place = 0; place < 400; place++) {
      await places.set(`moving ${'x'.repeat(1_000)}`, place)
      most.bytes = Math.max(most.bytes, contentOf(disk).length)
    }
    expect(most.bytes).toBeGreaterThan(200 << 10)
    expect(most.bytes).toBeLessThan(300 << 10)
    expect(contentOf(disk).length).toBeLessThan(200 << 10)
    expect(await reopened(disk.kill())).toMatchObject({ still: 1, [`moving ${'x'.repeat(1_000)}`]: 399 })
  })
})

describe('a file of places that cannot be read', () => {
  test.each([
    ['is missing', undefined],
    ['is empty', ''],
    ['is torn', line({ a: 1 }).slice(0, -5)],
    ['is something else', 'hello\nworld\n'],
  ])('because it %s: every reader begins at the oldest, and nobody is told a place', async (_, content) => {
    const disk = diskWith(content)
    const { places } = await open(disk)
    expect([places.mayMissNames, places.names]).toEqual([true, []])
    await places.set('a', 3)
    expect(await reopened(disk.kill())).toEqual({ a: 3 })
  })

  test('in one line has the others', async () => {
    const disk = diskWith(`${line({ a: 1 })}${line({ a: 2 }).replace('2', '9')}${line({ b: 3 })}{"torn`)
    expect(await reopened(disk)).toEqual({ a: 1, b: 3 })
  })
})

describe('a write that fails', () => {
  test.each(['write', 'short'] as const)('(%s) is told, keeps nobody waiting, and is made good by the next', async (kind) => {
    const disk = diskWith(undefined)
    const { places, warn } = await open(disk, true)
    await places.set('a', 1)
    disk.failNext('write', kind === 'short' ? 'short' : 'ENOSPC')
    await places.set('a', 2)
    expect(warn).toHaveBeenCalledExactlyOnceWith(expect.stringMatching(/places of the sinks .*\(ENOSPC\).*delivered again/))
    expect(places.get('a')).toBe(2)
    await places.set('b', 5)
    expect(await reopened(disk.kill())).toEqual({ a: 2, b: 5 })
  })

  test('at the start does not stop it', async () => {
    const disk = diskWith(line({ a: 4 }))
    disk.failNext('rename', 'EIO')
    const { places, warn } = await open(disk)
    expect([places.get('a'), places.mayMissNames]).toEqual([4, false])
    expect(warn).toHaveBeenCalledTimes(1)
    await places.set('a', 5)
    expect(await reopened(disk.kill())).toEqual({ a: 5 })
  })

  test('never costs the old places: whatever fails on the way, there are those or the new ones', async () => {
    for (const call of ['open', 'write', 'sync', 'rename', 'syncDirectory'] as const) {
      const disk = diskWith(line({ a: 4, b: 1 }))
      const { places } = await open(disk)
      disk.failNext(call, 'EIO')
      await places.forget('b').catch(() => undefined)
      expect(await reopened(disk.crash()), call).toMatchObject({ a: 4 })
    }
  })
})
