import { describe, expect, test, vi } from 'vitest'
import { simulatedDisk, type SimulatedDisk } from '../../../test/simulated-disk.ts'
import { seededRandom } from '../../../test/simulated-random.ts'
import { checkedLine, readChecked } from '../../log-format/checked-line.ts'
import { Offsets } from './offsets.ts'

const PATH = '/source/offsets.ndjson'

function diskWith(content: string | undefined): SimulatedDisk {
  const files = new Map([['/source/source.json', Buffer.from('{}')]])
  if (content !== undefined) files.set(PATH, Buffer.from(content))
  return simulatedDisk({ random: seededRandom(3), files })
}

const line = (offsets: Readonly<Record<string, number>>) => checkedLine(JSON.stringify({ offsets }).slice(0, -1)).toString()
const contentOf = (disk: SimulatedDisk) => disk.files().get(PATH)!.toString()
const lineCount = (disk: SimulatedDisk) => contentOf(disk).split('\n').length - 1

async function open(disk: SimulatedDisk, isNew = false) {
  const warn = vi.fn()
  return { offsets: await Offsets.open(disk, '/source', { isNew, warn }), warn }
}

async function reopened(disk: SimulatedDisk): Promise<Readonly<Record<string, number | undefined>>> {
  const { offsets } = await open(disk)
  return Object.fromEntries(offsets.names.map((name) => [name, offsets.get(name)]))
}

describe('the file of offsets', () => {
  test('the last line with a cursor decides its offset', async () => {
    const disk = diskWith(line({ a: 1, b: 2 }) + line({ a: 5 }) + line({ c: 3 }) + line({ a: 4 }))
    expect(await reopened(disk)).toEqual({ a: 4, b: 2, c: 3 })
  })

  test('offsets are written line by line, and read by the next process', async () => {
    const disk = diskWith(undefined)
    const { offsets } = await open(disk, true)
    expect(offsets.mayMissNames).toBe(false)
    await offsets.set('webhook', 3)
    await offsets.set('slack', 1)
    await offsets.set('webhook', 8)
    expect(lineCount(disk)).toBe(4)
    for (const text of contentOf(disk).split('\n').slice(0, -1)) expect(readChecked(Buffer.from(text))).toBeDefined()
    expect(await reopened(disk.kill())).toEqual({ webhook: 8, slack: 1 })
  })

  test('offsets that change at the same time go into one line', async () => {
    const disk = diskWith('')
    const { offsets } = await open(disk, true)
    await Promise.all(Array.from({ length: 100 }, (_, index) => offsets.set(`sink ${index}`, index)))
    // The file had one line; the first change may be written alone, before the others.
    expect(lineCount(disk)).toBeLessThanOrEqual(3)
    expect(Object.keys(await reopened(disk.kill()))).toHaveLength(100)
  })

  test('an unchanged offset is not written again', async () => {
    const disk = diskWith('')
    const { offsets } = await open(disk, true)
    await offsets.set('a', 1)
    const before = contentOf(disk)
    await offsets.set('a', 1)
    expect(contentOf(disk)).toBe(before)
  })

  test('synced offsets survive a power failure', async () => {
    const disk = diskWith(undefined)
    const { offsets } = await open(disk, true)
    await offsets.set('a', 7)
    await offsets.sync()
    expect(await reopened(disk.crash())).toEqual({ a: 7 })
  })

  test('offsets are kept for any sink name', async () => {
    const names = ['__proto__', 'constructor', '"', '\n', 'ü💥', '../x', '']
    const disk = diskWith(undefined)
    const { offsets } = await open(disk, true)
    for (const [index, name] of names.entries()) await offsets.set(name, index)
    const { offsets: again } = await open(disk.kill())
    expect(names.map((name) => again.get(name))).toEqual(names.map((_, index) => index))
  })

  test('forgotten offsets are removed permanently', async () => {
    const disk = diskWith(line({ a: 1, b: 2 }))
    const { offsets } = await open(disk)
    await offsets.forget('a')
    expect(offsets.get('a')).toBeUndefined()
    expect(contentOf(disk)).not.toContain('"a"')
    expect(await reopened(disk.crash())).toEqual({ b: 2 })
  })

  test('a long file of offsets is rewritten with every offset', async () => {
    const disk = diskWith(undefined)
    const { offsets } = await open(disk, true)
    await offsets.set('still', 1)
    const most = { bytes: 0 }
    for (let offset = 0; offset < 400; offset++) {
      await offsets.set(`moving ${'x'.repeat(1_000)}`, offset)
      most.bytes = Math.max(most.bytes, contentOf(disk).length)
    }
    expect(most.bytes).toBeGreaterThan(200 << 10)
    expect(most.bytes).toBeLessThan(300 << 10)
    expect(contentOf(disk).length).toBeLessThan(200 << 10)
    expect(await reopened(disk.kill())).toMatchObject({ still: 1, [`moving ${'x'.repeat(1_000)}`]: 399 })
  })
})

describe('an unreadable file of offsets', () => {
  test.each([
    ['is missing', undefined],
    ['is empty', ''],
    ['is torn', line({ a: 1 }).slice(0, -5)],
    ['is something else', 'hello\nworld\n'],
  ])('a file of offsets that %s has no offsets, so every cursor begins at the oldest event', async (_, content) => {
    const disk = diskWith(content)
    const { offsets } = await open(disk)
    expect([offsets.mayMissNames, offsets.names]).toEqual([true, []])
    await offsets.set('a', 3)
    expect(await reopened(disk.kill())).toEqual({ a: 3 })
  })

  test('a file of offsets with a broken line keeps the offsets of all other lines', async () => {
    const disk = diskWith(`${line({ a: 1 })}${line({ a: 2 }).replace('2', '9')}${line({ b: 3 })}{"torn`)
    expect(await reopened(disk)).toEqual({ a: 1, b: 3 })
  })
})

describe('a failed write of offsets', () => {
  test.each(['write', 'short'] as const)(
    'a failed write of offsets (%s) is reported, rejects no call, and is repaired by the next write',
    async (kind) => {
      const disk = diskWith(undefined)
      const { offsets, warn } = await open(disk, true)
      await offsets.set('a', 1)
      disk.failNext('write', kind === 'short' ? 'short' : 'ENOSPC')
      await offsets.set('a', 2)
      expect(warn).toHaveBeenCalledExactlyOnceWith(expect.stringMatching(/offsets of the sinks .*\(ENOSPC\).*delivered again/))
      expect(offsets.get('a')).toBe(2)
      await offsets.set('b', 5)
      expect(await reopened(disk.kill())).toEqual({ a: 2, b: 5 })
    },
  )

  test('a failed write of offsets does not stop a start', async () => {
    const disk = diskWith(line({ a: 4 }))
    disk.failNext('rename', 'EIO')
    const { offsets, warn } = await open(disk)
    expect([offsets.get('a'), offsets.mayMissNames]).toEqual([4, false])
    expect(warn).toHaveBeenCalledTimes(1)
    await offsets.set('a', 5)
    expect(await reopened(disk.kill())).toEqual({ a: 5 })
  })

  test('a failed rewrite keeps the old offsets or the new ones, whichever step fails', async () => {
    for (const call of ['open', 'write', 'sync', 'rename', 'syncDirectory'] as const) {
      const disk = diskWith(line({ a: 4, b: 1 }))
      const { offsets } = await open(disk)
      disk.failNext(call, 'EIO')
      await offsets.forget('b').catch(() => undefined)
      expect(await reopened(disk.crash()), call).toMatchObject({ a: 4 })
    }
  })
})
