import { describe, expect, test } from 'vitest'
import { keysOf, logLines, segmentName } from '../../../test/log-files.ts'
import { simulatedDisk, type SimulatedDisk } from '../../../test/simulated-disk.ts'
import { seededRandom } from '../../../test/simulated-random.ts'
import { LogReader } from '../../log-format/log-reader.ts'
import { recoverLog, type RecoveredLog } from './recovery.ts'
import type { DurableMark } from '../../log-format/offsets-file.ts'

const LOG = '/log'

function diskWith(files: Readonly<Record<string, string>>): SimulatedDisk {
  const paths = Object.entries(files).map(([name, content]) => [`${LOG}/${name}`, Buffer.from(content)] as const)
  return simulatedDisk({ random: seededRandom(7), files: new Map([[`/other/file`, Buffer.from('')], ...paths]) })
}

/** The content of the directory, by file name. */
function logFiles(disk: SimulatedDisk): Readonly<Record<string, string>> {
  const ours = [...disk.files()].filter(([path]) => path.startsWith(`${LOG}/`))
  return Object.fromEntries(ours.map(([path, content]) => [path.slice(LOG.length + 1), content.toString()]))
}

/** Without a mark, the whole last segment is the tail. */
function recover(disk: SimulatedDisk, term: number, mark?: DurableMark, mergeBytes = 1): Promise<RecoveredLog> {
  return recoverLog({ fileSystem: disk, directory: LOG, term, mark, mergeBytes })
}

async function readable(disk: SimulatedDisk, recovered: RecoveredLog): Promise<readonly string[]> {
  const reader = new LogReader({ fileSystem: disk, directory: LOG, extents: recovered.extents, end: recovered.end })
  const lines: string[] = []
  for (let from = recovered.extents[0]?.first ?? 0; from < recovered.end;) {
    const { records, readTo } = await reader.read(from, 1 << 20)
    lines.push(...records.map(({ line }) => line))
    from = readTo
  }
  await reader.release()
  return keysOf(lines)
}

const numbered = (from: number, end: number, key = 'event') =>
  Array.from({ length: end - from }, (_, index) => `${key} ${from + index}`)

describe('a log that ended normally', () => {
  test('a log that ended normally continues in a copy of its last segment, under the new term', async () => {
    const disk = diskWith({ [segmentName(0)]: logLines(0, 3), [segmentName(3)]: logLines(3, 2) })
    const recovered = await recover(disk, 2)
    expect(recovered).toMatchObject({ end: 5, tornBytes: 0, isDamaged: false })
    expect(recovered.extents.map(({ segment, end }) => [segment.name, end])).toEqual([
      [segmentName(0), 3],
      [segmentName(3, 2), Infinity],
    ])
    expect(recovered.writer?.segment.name).toBe(segmentName(3, 2))
    expect(logFiles(disk)[segmentName(3, 2)]).toBe(logFiles(disk)[segmentName(3)])
    expect(recovered.writer?.size).toBe(Buffer.byteLength(logFiles(disk)[segmentName(3)]!))
    expect(await readable(disk, recovered)).toEqual(numbered(0, 5))
    const more = logLines(5, 1)
    await recovered.writer?.write(Buffer.from(more))
    expect(logFiles(disk)[segmentName(3, 2)]).toBe(logFiles(disk)[segmentName(3)] + more)
  })

  test('the copy of the last segment survives a power failure', async () => {
    const disk = diskWith({ [segmentName(0)]: logLines(0, 3) })
    await recover(disk, 2)
    const before = logFiles(disk)[segmentName(0)]
    expect(logFiles(disk.crash())[segmentName(0, 2)]).toBe(before)
  })

  test('an empty log begins at 0, without a file', async () => {
    const disk = diskWith({})
    await disk.makeDirectory(LOG)
    expect(await recover(disk, 1)).toMatchObject({ extents: [], end: 0, writer: undefined, isDamaged: false })
    expect(logFiles(disk)).toEqual({})
  })

  test('a log with an empty last segment continues after the segment before it', async () => {
    const disk = diskWith({ [segmentName(0)]: logLines(0, 3), [segmentName(3)]: '' })
    const recovered = await recover(disk, 2)
    expect(recovered).toMatchObject({ end: 3, writer: undefined, tornBytes: 0, isDamaged: false })
    expect(recovered.extents.map(({ segment }) => segment.name)).toEqual([segmentName(0)])
    expect(await readable(disk, recovered)).toEqual(numbered(0, 3))
  })

  test('recovery returns the size of each segment that counts', async () => {
    const disk = diskWith({ [segmentName(0)]: logLines(0, 3), [segmentName(3)]: `${logLines(3, 2)}torn` })
    const { sizes } = await recover(disk, 2)
    const files = logFiles(disk)
    expect(new Map(sizes)).toEqual(
      new Map([segmentName(0), segmentName(3, 2)].map((name) => [name, Buffer.byteLength(files[name]!)])),
    )
  })
})

describe('a torn write', () => {
  const whole = logLines(0, 3)

  test.each([
    ['part of a line', '{"version":"1.0","ty'],
    ['a whole line but its end', logLines(3, 1).slice(0, -1)],
    ['a line with another checksum', logLines(3, 1).replace(/"crc":"./, '"crc":"x')],
    ['zeros', '\0'.repeat(4_096)],
    ['broken lines alone', 'broken\nand broken\n'],
    ['a line that is there already', whole.split('\n')[1] + '\n'],
  ])('a torn write is left out: %s', async (_, torn) => {
    const disk = diskWith({ [segmentName(0)]: whole + torn })
    const recovered = await recover(disk, 2)
    expect(recovered).toMatchObject({ end: 3, tornBytes: Buffer.byteLength(torn), isDamaged: false })
    expect(logFiles(disk)).toEqual({ [segmentName(0)]: whole + torn, [segmentName(0, 2)]: whole })
    expect(await readable(disk, recovered)).toEqual(numbered(0, 3))
  })

  test('a torn write at the beginning of a segment leaves earlier segments unchanged', async () => {
    const disk = diskWith({ [segmentName(0)]: whole, [segmentName(3)]: logLines(3, 1).slice(0, 40) })
    const recovered = await recover(disk, 2)
    expect(recovered).toMatchObject({ end: 3, writer: undefined, tornBytes: 40, isDamaged: false })
    expect(await readable(disk, recovered)).toEqual(numbered(0, 3))
  })
})

describe('a damaged log', () => {
  const damaged = async (content: string) => {
    const disk = diskWith({ [segmentName(0)]: content })
    const before = logFiles(disk)
    const recovered = await recover(disk, 2)
    expect(logFiles(disk)).toEqual(before)
    expect(recovered).toMatchObject({ isDamaged: true, writer: undefined })
    return { recovered, keys: await readable(disk, recovered) }
  }

  test('a complete line after a broken one is damage: every readable line is read, and no file is changed', async () => {
    const lines = logLines(0, 5).split('\n')
    lines[2] = lines[2]!.replace('event', 'evemt')
    const { recovered, keys } = await damaged(lines.join('\n'))
    expect(recovered.end).toBe(5)
    expect(keys).toEqual(['event 0', 'event 1', 'event 3', 'event 4'])
  })

  test('a missing line is damage', async () => {
    const lines = logLines(0, 5).split('\n')
    expect((await damaged(lines.toSpliced(1, 2).join('\n'))).keys).toEqual(['event 0', 'event 3', 'event 4'])
  })

  test('a damaged line end is damage, even that of the last line but one', async () => {
    const lines = logLines(0, 3).split('\n')
    expect((await damaged(`${lines[0]}\n${lines[1]}\v${lines[2]}\n`)).keys).toEqual(numbered(0, 3))
  })

  test('a broken line before a torn end is damage', async () => {
    const lines = logLines(0, 3).split('\n')
    const { recovered, keys } = await damaged(`${lines[0]}\nbroken\n${lines[2]}\n{"torn`)
    expect([recovered.end, keys]).toEqual([3, ['event 0', 'event 2']])
  })
})

describe('a tail behind the durable mark', () => {
  const lines = logLines(0, 6)
  const bytes = Buffer.byteLength(lines.split('\n').slice(0, 4).join('\n')) + 1
  const mark = { segment: segmentName(0), bytes, end: 4 }

  test('only the tail after the durable mark is copied; lines before it stay in their segment', async () => {
    const disk = diskWith({ [segmentName(0)]: `${lines}torn` })
    const recovered = await recover(disk, 2, mark)
    expect(recovered).toMatchObject({ end: 6, tornBytes: 4, isDamaged: false })
    expect(recovered.extents.map(({ first, end }) => [first, end])).toEqual([
      [0, 4],
      [4, Infinity],
    ])
    expect(logFiles(disk)[segmentName(4, 2)]).toBe(lines.slice(bytes))
    expect([...recovered.sizes.values()]).toEqual([bytes, Buffer.byteLength(lines) - bytes])
    expect(await readable(disk, recovered)).toEqual(numbered(0, 6))
    // The next start uses only the part of the old segment before the copy.
    const again = await recover(disk, 3, { segment: segmentName(4, 2), bytes: 0, end: 4 })
    expect(await readable(disk, again)).toEqual(numbered(0, 6))
  })

  test('after a normal end there is no tail, and nothing is copied', async () => {
    const disk = diskWith({ [segmentName(0)]: lines })
    const recovered = await recover(disk, 2, { segment: segmentName(0), bytes: Buffer.byteLength(lines), end: 6 })
    expect(recovered).toMatchObject({ end: 6, writer: undefined, tornBytes: 0, isDamaged: false })
    expect(Object.keys(logFiles(disk))).toEqual([segmentName(0)])
    expect(await readable(disk, recovered)).toEqual(numbered(0, 6))
  })

  test('the lines before the durable mark are copied too while they are short', async () => {
    const disk = diskWith({ [segmentName(0)]: lines })
    expect((await recover(disk, 2, mark, bytes + 1)).extents).toHaveLength(1)
    expect(logFiles(disk)[segmentName(0, 2)]).toBe(lines)
  })

  test('a mark in an earlier segment belongs to another tail', async () => {
    const disk = diskWith({ [segmentName(0)]: lines, [segmentName(6)]: logLines(6, 2) })
    const recovered = await recover(disk, 2, mark)
    expect(Object.keys(logFiles(disk)).toSorted()).toEqual([segmentName(0), segmentName(6), segmentName(6, 2)])
    expect(await readable(disk, recovered)).toEqual(numbered(0, 8))
  })

  test.each([
    ['shorter than its durable mark', lines.split('\n').slice(0, 3).join('\n') + '\n'],
    ['broken in front of the mark, in the part that a start copies', lines.replace('event 1', 'evemt 1')],
    ['empty', ''],
  ])('a last segment that is %s is damage', async (_, content) => {
    const disk = diskWith({ [segmentName(0)]: content })
    expect(await recover(disk, 2, mark, 1 << 20)).toMatchObject({ isDamaged: true, writer: undefined })
    expect(logFiles(disk)).toEqual({ [segmentName(0)]: content })
  })
})

describe('earlier generations', () => {
  test('an earlier generation counts up to the beginning of a later one, in the order of terms and attempts', async () => {
    const disk = diskWith({
      [segmentName(0, 1)]: logLines(0, 6, 'void'),
      [segmentName(2, 1, 1)]: logLines(2, 4, 'late'),
      [segmentName(4, 2)]: logLines(4, 3, 'new'),
    })
    const recovered = await recover(disk, 3)
    expect(await readable(disk, recovered)).toEqual([
      ...numbered(0, 2, 'void'),
      ...numbered(2, 4, 'late'),
      ...numbered(4, 7, 'new'),
    ])
  })

  test('an earlier generation is removed by the next start only, because its copy may be in the page cache until then', async () => {
    const disk = diskWith({ [segmentName(0)]: logLines(0, 3) })
    await (await recover(disk, 2)).writer?.close()
    expect(Object.keys(logFiles(disk)).toSorted()).toEqual([segmentName(0), segmentName(0, 2)])
    await (await recover(disk, 3)).writer?.close()
    expect(Object.keys(logFiles(disk)).toSorted()).toEqual([segmentName(0, 2), segmentName(0, 3)])
  })

  test('an earlier generation stays if the copy fails', async () => {
    const disk = diskWith({ [segmentName(0, 1)]: logLines(0, 2, 'void'), [segmentName(0, 2)]: logLines(0, 3) })
    const before = logFiles(disk)
    disk.failNext('syncDirectory', 'EIO')
    await expect(recover(disk, 3)).rejects.toMatchObject({ code: 'EIO' })
    expect(logFiles(disk)).toMatchObject(before)
  })
})

describe('an unfinished copy', () => {
  test('an unfinished copy never counts, and is removed by the next start', async () => {
    const disk = diskWith({
      [segmentName(0)]: logLines(0, 3),
      [`${segmentName(0, 9)}.tmp`]: logLines(0, 1, 'half'),
      'note.tmp': 'x',
    })
    const recovered = await recover(disk, 2)
    expect(await readable(disk, recovered)).toEqual(numbered(0, 3))
    expect(Object.keys(logFiles(disk)).toSorted()).toEqual([segmentName(0), segmentName(0, 2)])
  })

  test.each(['write', 'sync', 'rename', 'read'] as const)(
    'a copy that fails because of %s leaves the log unchanged',
    async (call) => {
      const disk = diskWith({ [segmentName(0)]: logLines(0, 3) })
      disk.failNext(call, 'EIO')
      await expect(recover(disk, 2)).rejects.toMatchObject({ code: 'EIO' })
      const again = await recover(disk, 3)
      expect(again).toMatchObject({ end: 3, isDamaged: false, tornBytes: 0 })
      expect(await readable(disk, again)).toEqual(numbered(0, 3))
    },
  )

  test('a copy to a full disk leaves the log unchanged', async () => {
    const disk = diskWith({ [segmentName(0)]: logLines(0, 3) })
    disk.failNext('write', 'short')
    await expect(recover(disk, 2)).rejects.toMatchObject({ code: 'ENOSPC' })
    expect(await readable(disk, await recover(disk, 3))).toEqual(numbered(0, 3))
  })

  test('a copy that a power failure interrupts leaves the log unchanged', async () => {
    for (let seed = 0; seed < 50; seed++) {
      const random = seededRandom(seed)
      const files = new Map([[`${LOG}/${segmentName(0)}`, Buffer.from(logLines(0, 3))]])
      const disk = simulatedDisk({ random, files })
      void recover(disk, 2)
      for (let turns = 0; turns < random() * 30; turns++) await new Promise((resolve) => setImmediate(resolve))
      const left = disk.crash()
      expect(await readable(left, await recover(left, 3)), `seed ${seed}`).toEqual(numbered(0, 3))
    }
  })
})

test('other files in the directory of a log are not changed', async () => {
  const files = { 'notes.txt': 'mine', '1.1-0.ndjson': 'short name', [`${'9'.repeat(20)}.1-0.ndjson`]: 'beyond numbers' }
  const disk = diskWith({ [segmentName(0)]: logLines(0, 1), ...files })
  expect(await recover(disk, 2)).toMatchObject({ end: 1, isDamaged: false })
  expect(logFiles(disk)).toMatchObject(files)
})

describe('a signed log', () => {
  const lines = logLines(0, 6)
  const endOf = (count: number) => Buffer.byteLength(lines.split('\n').slice(0, count).join('\n')) + 1

  test.each([
    ['behind the last covered line', 0],
    ['within the line behind it, so that no whole line seems to follow', 10],
  ])('a signed log holds lines without tags, with a mark %s', async (_, offset) => {
    const disk = diskWith({ [segmentName(0)]: lines })
    const mark = { segment: segmentName(0), bytes: endOf(4) + offset, end: 4, tag: 'A'.repeat(22) }
    const evidence = { covered: 4, tagKeys: [Buffer.alloc(32, 1)], untagged: 0, held: '/log-held' }
    const recovered = await recoverLog({ fileSystem: disk, directory: LOG, term: 2, mark, mergeBytes: 1 << 20, evidence })
    expect(recovered.end).toBe(4)
    expect(await readable(disk, recovered)).toEqual(numbered(0, 4))
    const held = [...disk.files()].filter(([path]) => path.startsWith('/log-held/')).map(([, content]) => content.toString())
    expect(held.join('')).toBe(lines.slice(endOf(4)))
  })
})
