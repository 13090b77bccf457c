import { describe, expect, test } from 'vitest'
import { keysOf, logLines, segmentName } from '../../../test/log-files.ts'
import { simulatedDisk, type SimulatedDisk } from '../../../test/simulated-disk.ts'
import { seededRandom } from '../../../test/simulated-random.ts'
import { LogReader } from './log-reader.ts'
import { recoverLog, type DurableMark, type RecoveredLog } from './recovery.ts'

const LOG = '/log'

function diskWith(files: Readonly<Record<string, string>>): SimulatedDisk {
  const paths = Object.entries(files).map(([name, content]) => [`${LOG}/${name}`, Buffer.from(content)] as const)
  return simulatedDisk({ random: seededRandom(7), files: new Map([[`/other/file`, Buffer.from('')], ...paths]) })
}

/** What the directory holds, by file name. */
function logFiles(disk: SimulatedDisk): Readonly<Record<string, string>> {
  const ours = [...disk.files()].filter(([path]) => path.startsWith(`${LOG}/`))
  return Object.fromEntries(ours.map(([path, content]) => [path.slice(LOG.length + 1), content.toString()]))
}

/** With no mark the whole last segment is the tail. */
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

describe('a log that ended well', () => {
  test('goes on in a copy of its last segment, under the new term', async () => {
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

  test('keeps the copy through a power failure, whatever the page cache had', async () => {
    const disk = diskWith({ [segmentName(0)]: logLines(0, 3) })
    await recover(disk, 2)
    const before = logFiles(disk)[segmentName(0)]
    expect(logFiles(disk.crash())[segmentName(0, 2)]).toBe(before)
  })

  test('and holds nothing begins at 0, without a file', async () => {
    const disk = diskWith({})
    await disk.makeDirectory(LOG)
    expect(await recover(disk, 1)).toMatchObject({ extents: [], end: 0, writer: undefined, isDamaged: false })
    expect(logFiles(disk)).toEqual({})
  })

  test('with an empty last segment goes on behind the one before it', async () => {
    const disk = diskWith({ [segmentName(0)]: logLines(0, 3), [segmentName(3)]: '' })
    const recovered = await recover(disk, 2)
    expect(recovered).toMatchObject({ end: 3, writer: undefined, tornBytes: 0, isDamaged: false })
    expect(recovered.extents.map(({ segment }) => segment.name)).toEqual([segmentName(0)])
    expect(await readable(disk, recovered)).toEqual(numbered(0, 3))
  })

  test('knows how large each segment is that counts', async () => {
    const disk = diskWith({ [segmentName(0)]: logLines(0, 3), [segmentName(3)]: `${logLines(3, 2)}torn` })
    const { sizes } = await recover(disk, 2)
    const files = logFiles(disk)
    expect(new Map(sizes)).toEqual(
      new Map([segmentName(0), segmentName(3, 2)].map((name) => [name, Buffer.byteLength(files[name]!)])),
    )
  })
})

describe('a write that a crash tore', () => {
  const whole = logLines(0, 3)

  test.each([
    ['part of a line', '{"version":"1.0","ty'],
    ['a whole line but its end', logLines(3, 1).slice(0, -1)],
    ['a line with another checksum', logLines(3, 1).replace(/"crc":"./, '"crc":"x')],
    ['zeros', '\0'.repeat(4_096)],
    ['broken lines alone', 'broken\nand broken\n'],
    ['a line that is there already', whole.split('\n')[1] + '\n'],
  ])('is left out: %s', async (_, torn) => {
    const disk = diskWith({ [segmentName(0)]: whole + torn })
    const recovered = await recover(disk, 2)
    expect(recovered).toMatchObject({ end: 3, tornBytes: Buffer.byteLength(torn), isDamaged: false })
    expect(logFiles(disk)).toEqual({ [segmentName(0)]: whole + torn, [segmentName(0, 2)]: whole })
    expect(await readable(disk, recovered)).toEqual(numbered(0, 3))
  })

  test('at the very beginning of a segment leaves the ones before it', async () => {
    const disk = diskWith({ [segmentName(0)]: whole, [segmentName(3)]: logLines(3, 1).slice(0, 40) })
    const recovered = await recover(disk, 2)
    expect(recovered).toMatchObject({ end: 3, writer: undefined, tornBytes: 40, isDamaged: false })
    expect(await readable(disk, recovered)).toEqual(numbered(0, 3))
  })
})

describe('damage', () => {
  const damaged = async (content: string) => {
    const disk = diskWith({ [segmentName(0)]: content })
    const before = logFiles(disk)
    const recovered = await recover(disk, 2)
    expect(logFiles(disk)).toEqual(before)
    expect(recovered).toMatchObject({ isDamaged: true, writer: undefined })
    return { recovered, keys: await readable(disk, recovered) }
  }

  test('is a whole line behind a broken one; all that can be read is, and no file is touched', async () => {
    const lines = logLines(0, 5).split('\n')
    lines[2] = lines[2]!.replace('event', 'evemt')
    const { recovered, keys } = await damaged(lines.join('\n'))
    expect(recovered.end).toBe(5)
    expect(keys).toEqual(['event 0', 'event 1', 'event 3', 'event 4'])
  })

  test('is a line that is missing', async () => {
    const lines = logLines(0, 5).split('\n')
    expect((await damaged(lines.toSpliced(1, 2).join('\n'))).keys).toEqual(['event 0', 'event 3', 'event 4'])
  })

  test('is a line end that was hit, even that of the last but one', async () => {
    const lines = logLines(0, 3).split('\n')
    expect((await damaged(`${lines[0]}\n${lines[1]}\v${lines[2]}\n`)).keys).toEqual(numbered(0, 3))
  })

  test('stays damage with a torn end behind it', async () => {
    const lines = logLines(0, 3).split('\n')
    const { recovered, keys } = await damaged(`${lines[0]}\nbroken\n${lines[2]}\n{"torn`)
    expect([recovered.end, keys]).toEqual([3, ['event 0', 'event 2']])
  })
})

describe('a tail behind a place that is known to be durable', () => {
  const lines = logLines(0, 6)
  const bytes = Buffer.byteLength(lines.split('\n').slice(0, 4).join('\n')) + 1
  const mark = { segment: segmentName(0), bytes, end: 4 }

  test('is copied alone; what stands before it stays where it is', async () => {
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
    // The next start takes the old one for what it is: the part before the copy.
    const again = await recover(disk, 3, { segment: segmentName(4, 2), bytes: 0, end: 4 })
    expect(await readable(disk, again)).toEqual(numbered(0, 6))
  })

  test('is nothing after an end in order, and nothing is copied', async () => {
    const disk = diskWith({ [segmentName(0)]: lines })
    const recovered = await recover(disk, 2, { segment: segmentName(0), bytes: Buffer.byteLength(lines), end: 6 })
    expect(recovered).toMatchObject({ end: 6, writer: undefined, tornBytes: 0, isDamaged: false })
    expect(Object.keys(logFiles(disk))).toEqual([segmentName(0)])
    expect(await readable(disk, recovered)).toEqual(numbered(0, 6))
  })

  test('is copied with what stands before it while that is little', async () => {
    const disk = diskWith({ [segmentName(0)]: lines })
    expect((await recover(disk, 2, mark, bytes + 1)).extents).toHaveLength(1)
    expect(logFiles(disk)[segmentName(0, 2)]).toBe(lines)
  })

  test('was another one if the mark names an earlier segment', async () => {
    const disk = diskWith({ [segmentName(0)]: lines, [segmentName(6)]: logLines(6, 2) })
    const recovered = await recover(disk, 2, mark)
    expect(Object.keys(logFiles(disk)).toSorted()).toEqual([segmentName(0), segmentName(6), segmentName(6, 2)])
    expect(await readable(disk, recovered)).toEqual(numbered(0, 8))
  })

  test.each([
    ['shorter than it was known to be', lines.split('\n').slice(0, 3).join('\n') + '\n'],
    ['broken before it, which a start would have to copy', lines.replace('event 1', 'evemt 1')],
    ['empty', ''],
  ])('of a segment that is %s is damage', async (_, content) => {
    const disk = diskWith({ [segmentName(0)]: content })
    expect(await recover(disk, 2, mark, 1 << 20)).toMatchObject({ isDamaged: true, writer: undefined })
    expect(logFiles(disk)).toEqual({ [segmentName(0)]: content })
  })
})

describe('what earlier generations left', () => {
  test('counts up to where a later one begins, in the order of terms and attempts', async () => {
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

  test('is removed by the next start only: until then the copy may be in the page cache alone', async () => {
    const disk = diskWith({ [segmentName(0)]: logLines(0, 3) })
    await (await recover(disk, 2)).writer?.close()
    expect(Object.keys(logFiles(disk)).toSorted()).toEqual([segmentName(0), segmentName(0, 2)])
    await (await recover(disk, 3)).writer?.close()
    expect(Object.keys(logFiles(disk)).toSorted()).toEqual([segmentName(0, 2), segmentName(0, 3)])
  })

  test('stays when the copy cannot be made', async () => {
    const disk = diskWith({ [segmentName(0, 1)]: logLines(0, 2, 'void'), [segmentName(0, 2)]: logLines(0, 3) })
    const before = logFiles(disk)
    disk.failNext('syncDirectory', 'EIO')
    await expect(recover(disk, 3)).rejects.toMatchObject({ code: 'EIO' })
    expect(logFiles(disk)).toMatchObject(before)
  })
})

describe('a copy that was not finished', () => {
  test('never counts, and goes at the next start', async () => {
    const disk = diskWith({
      [segmentName(0)]: logLines(0, 3),
      [`${segmentName(0, 9)}.tmp`]: logLines(0, 1, 'half'),
      'note.tmp': 'x',
    })
    const recovered = await recover(disk, 2)
    expect(await readable(disk, recovered)).toEqual(numbered(0, 3))
    expect(Object.keys(logFiles(disk)).toSorted()).toEqual([segmentName(0), segmentName(0, 2)])
  })

  test.each(['write', 'sync', 'rename', 'read'] as const)('because %s fails leaves the log as it was', async (call) => {
    const disk = diskWith({ [segmentName(0)]: logLines(0, 3) })
    disk.failNext(call, 'EIO')
    await expect(recover(disk, 2)).rejects.toMatchObject({ code: 'EIO' })
    const again = await recover(disk, 3)
    expect(again).toMatchObject({ end: 3, isDamaged: false, tornBytes: 0 })
    expect(await readable(disk, again)).toEqual(numbered(0, 3))
  })

  test('because the disk is full leaves the log as it was', async () => {
    const disk = diskWith({ [segmentName(0)]: logLines(0, 3) })
    disk.failNext('write', 'short')
    await expect(recover(disk, 2)).rejects.toMatchObject({ code: 'ENOSPC' })
    expect(await readable(disk, await recover(disk, 3))).toEqual(numbered(0, 3))
  })

  test('because the power failed leaves the log as it was', async () => {
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

test('files that are none of the log are left alone', async () => {
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
  ])('holds lines without tags, with a mark %s', async (_, offset) => {
    const disk = diskWith({ [segmentName(0)]: lines })
    const mark = { segment: segmentName(0), bytes: endOf(4) + offset, end: 4, tag: 'A'.repeat(22) }
    const evidence = { covered: 4, tagKeys: [Buffer.alloc(32, 1)], held: '/log-held' }
    const recovered = await recoverLog({ fileSystem: disk, directory: LOG, term: 2, mark, mergeBytes: 1 << 20, evidence })
    expect(recovered.end).toBe(4)
    expect(await readable(disk, recovered)).toEqual(numbered(0, 4))
    const held = [...disk.files()].filter(([path]) => path.startsWith('/log-held/')).map(([, content]) => content.toString())
    expect(held.join('')).toBe(lines.slice(endOf(4)))
  })
})
