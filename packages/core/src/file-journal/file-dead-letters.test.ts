import { describe, expect, test } from 'vitest'
import { keyed } from '../../test/log-files.ts'
import { overriddenDisk } from '../../test/overridden-disk.ts'
import { simulatedDisk, type SimulatedDisk } from '../../test/simulated-disk.ts'
import { seededRandom } from '../../test/simulated-random.ts'
import { temporaryDirectory } from '../../test/temporary-directory.ts'
import type { DeadLetter } from '../journal/dead-letter-store.ts'
import { checkedLine } from '../log-format/checked-line.ts'
import { FileDeadLetters } from './file-dead-letters.ts'
import { readAllLetters } from '../log-format/dead-letter-file.ts'
import type { FileSystem } from '../log-format/file-system.ts'
import { nodeFileSystem } from '../log-format/node-file-system.ts'

const DIRECTORY = '/source/dead-letters'
const HOSTILE = [
  '../../x',
  '/etc/x',
  '..',
  '.',
  '',
  '*',
  'a/b\\c:d|e',
  'con',
  'n\0l',
  'ü💥',
  'x'.repeat(300),
  'ü'.repeat(300),
  '%2A',
]

function emptyDisk(): SimulatedDisk {
  const files = new Map([[`${DIRECTORY}/.keep`, Buffer.from('')]])
  return simulatedDisk({ random: seededRandom(5), files })
}

function lettersOn(fileSystem: FileSystem, maxBytes?: number, directory = DIRECTORY): FileDeadLetters {
  return new FileDeadLetters({ fileSystem, directory: () => directory, ...(maxBytes !== undefined && { maxBytes }) })
}

function letter(key: string, changes: Partial<DeadLetter> = {}): DeadLetter {
  const { id, head } = keyed(key)
  const line = `${head},"source":"svc/host/abcdefgh","sequence":7}`
  return { sink: 'webhook', id, line, reason: 'HTTP 422', at: '2026-01-01T00:00:00.000Z', ...changes }
}

const ndjson = (disk: SimulatedDisk) => [...disk.files()].filter(([path]) => path.endsWith('.ndjson'))

describe('a store of dead letters', () => {
  test('dead letters are read back byte for byte, oldest first, in another process and after a power failure', async () => {
    const disk = emptyDisk()
    const given = [
      letter('a'),
      letter('"},"event":{"id":"x"},"crc":"00000000"}'),
      letter('ü💥\u2028\\'),
      letter('c', { reason: ',"event":{"' }),
      letter('d', { line: '{"id":"spaced" ,  "n": 1.00, "event": {"event":{}}}' }),
    ]
    const letters = lettersOn(disk)
    for (const one of given) await letters.add([one])
    expect(await letters.list('webhook')).toEqual(given)
    expect(await lettersOn(disk.crash()).list()).toEqual(given)
  })

  test('dead letters of each sink have their own file', async () => {
    const disk = emptyDisk()
    const letters = lettersOn(disk)
    const [ours, theirs] = [letter('a'), letter('b', { sink: 'kafka' })]
    await letters.add([ours, theirs])
    expect([await letters.list('webhook'), await letters.list('kafka')]).toEqual([[ours], [theirs]])
    expect(await letters.list('none')).toEqual([])
    expect(await letters.list()).toEqual([theirs, ours])
    expect(ndjson(disk).map(([path]) => path)).toEqual([`${DIRECTORY}/webhook.ndjson`, `${DIRECTORY}/kafka.ndjson`])
  })

  test('a dead letter that exists is not added again, even by another process', async () => {
    const disk = emptyDisk()
    const first = letter('a')
    await lettersOn(disk).add([first])
    const letters = lettersOn(disk.kill())
    await letters.add([{ ...first, reason: 'again' }])
    await letters.add([first, letter('b')])
    expect((await letters.list()).map(({ reason }) => reason)).toEqual(['HTTP 422', 'HTTP 422'])
  })

  test('a dead letter that is given twice in one call is kept once', async () => {
    const letters = lettersOn(emptyDisk())
    const twice = letter('a')
    await letters.add([twice, twice])
    expect(await letters.list()).toHaveLength(1)
  })

  test('dead letters are removed by sink and id, permanently', async () => {
    const disk = emptyDisk()
    const letters = lettersOn(disk)
    const [first, second, third] = [letter('a'), letter('b'), letter('c')]
    await letters.add([first, second, third, { ...second, sink: 'kafka' }])
    expect(await letters.remove('webhook', [second.id, 'unknown'])).toBe(1)
    expect(await letters.remove('webhook', [second.id])).toBe(0)
    expect(await letters.remove('none', [first.id])).toBe(0)
    await letters.add([letter('d')])
    expect((await letters.list('webhook')).map(({ id }) => id).slice(0, 2)).toEqual([first.id, third.id])
    expect(await lettersOn(disk.crash()).list('webhook')).toHaveLength(3)
  })

  test('a removed dead letter can be added again', async () => {
    const letters = lettersOn(emptyDisk())
    const one = letter('a')
    await letters.add([one])
    await letters.remove(one.sink, [one.id])
    await letters.add([one])
    expect(await letters.list()).toEqual([one])
  })
})

describe('sinks with any name', () => {
  test('a sink with any name has its own file, inside the directory', async () => {
    const directory = temporaryDirectory()
    const letters = lettersOn(nodeFileSystem, undefined, directory)
    const given = HOSTILE.map((sink, index) => letter(`${index}`, { sink }))
    await letters.add(given)
    for (const one of given) expect(await letters.list(one.sink), one.sink).toEqual([one])
    await letters.close()
    const names = await nodeFileSystem.list(directory)
    expect(names).toHaveLength(HOSTILE.length)
    for (const name of names) expect(name).toMatch(/^[\w.~%!'()-]*\.ndjson$/)
    expect(await readAllLetters(nodeFileSystem, directory)).toHaveLength(HOSTILE.length)
    for (const { sink, id } of given) expect(await letters.remove(sink, [id]), sink).toBe(1)
    await letters.close()
  })

  test('two sink names that are too long for a file name, and begin the same, have different files', async () => {
    const letters = lettersOn(emptyDisk())
    const [one, other] = [letter('a', { sink: `${'x'.repeat(300)}1` }), letter('b', { sink: `${'x'.repeat(300)}2` })]
    await letters.add([one, other])
    expect([await letters.list(one.sink), await letters.list(other.sink)]).toEqual([[one], [other]])
  })
})

describe('limits', () => {
  test('each sink has its own limit, and a call that does not fit is refused completely', async () => {
    const disk = emptyDisk()
    const letters = lettersOn(disk, 2_000)
    const fitting = Array.from({ length: 3 }, (_, index) => letter(`${index}`))
    await letters.add(fitting)
    const refused = letters.add([letter('more'), letter('x'.repeat(1_000))])
    await expect(refused).rejects.toMatchObject({
      code: 'AUDIT_DEAD_LETTERS_FULL',
      message: expect.stringMatching(/sink 'webhook' are full: \d+ of 2000 bytes.*replay or purge/),
    })
    await letters.add([letter('other', { sink: 'kafka' })])
    expect(await letters.list('webhook')).toEqual(fitting)
    expect(ndjson(disk).every(([, content]) => content.length <= 2_000)).toBe(true)
  })

  test('limits count the letters of earlier processes, and a removal makes space again', async () => {
    const disk = emptyDisk()
    const large = letter('x'.repeat(1_500))
    await lettersOn(disk).add([large])
    const letters = lettersOn(disk.kill(), 2_000)
    await expect(letters.add([letter('y'.repeat(500))])).rejects.toMatchObject({ code: 'AUDIT_DEAD_LETTERS_FULL' })
    await letters.remove(large.sink, [large.id])
    await letters.add([letter('y'.repeat(500))])
    expect(await letters.list()).toHaveLength(1)
  })
})

describe('on a disk that fails', () => {
  test('damaged lines are skipped, and the next write keeps the complete ones', async () => {
    const disk = emptyDisk()
    const [first, second] = [letter('a'), letter('b')]
    await lettersOn(disk).add([first, second])
    const [[path, content]] = ndjson(disk) as [[string, Buffer]]
    const lines = content.toString().split('\n')
    const broken = `${lines[0]}\n{"torn\n${lines[0]!.replace('"a"', '"x"')}\n${lines[1]}\n${lines[1]!.slice(0, 30)}`
    const again = simulatedDisk({ random: seededRandom(6), files: new Map([[path, Buffer.from(broken)]]) })
    expect(await lettersOn(again).list()).toEqual([first, second])
    const third = letter('c')
    await lettersOn(again).add([third])
    expect(await lettersOn(again.kill()).list('webhook')).toEqual([first, second, third])
  })

  test('a line with a valid checksum that is not a letter hides no other line', async () => {
    const disk = emptyDisk()
    const one = letter('a')
    await lettersOn(disk).add([one])
    const [[path, content]] = ndjson(disk) as [[string, Buffer]]
    const files = new Map([[path, Buffer.concat([checkedLine('{"offsets":{}'), content])]])
    const again = simulatedDisk({ random: seededRandom(6), files })
    expect(await lettersOn(again).list()).toEqual([one])
  })

  test.each(['open', 'write', 'sync', 'rename', 'syncDirectory'] as const)(
    'a letter is kept or refused, and earlier letters stay, if %s fails',
    async (call) => {
      for (const isFirst of [true, false]) {
        const disk = emptyDisk()
        const [early, late] = [letter('early'), letter('late')]
        await lettersOn(disk).add([early])
        const letters = lettersOn(disk)
        if (!isFirst) await letters.add([letter('between')])
        disk.failNext(call, 'EIO')
        const isKept = await letters.add([late]).then(
          () => true,
          () => false,
        )
        const after = (await lettersOn(disk.crash()).list()).map(({ id }) => id)
        expect(after).toContain(early.id)
        if (isKept) expect(after).toContain(late.id)
      }
    },
  )

  test('a full disk refuses a letter, and the letter can be added later', async () => {
    const disk = emptyDisk()
    const letters = lettersOn(disk)
    const [early, late] = [letter('early'), letter('late')]
    await letters.add([early])
    disk.failNext('write', 'short')
    await expect(letters.add([late])).rejects.toThrow(/full/)
    await letters.add([late])
    expect(await lettersOn(disk.crash()).list()).toEqual([early, late])
  })

  test('an unreadable directory is an error, not an empty list', async () => {
    const failing = overriddenDisk(emptyDisk(), {
      list: () => Promise.reject(Object.assign(new Error('EACCES'), { code: 'EACCES' })),
    })
    await expect(lettersOn(failing).list()).rejects.toMatchObject({ code: 'EACCES' })
    expect(await lettersOn(emptyDisk(), undefined, '/nowhere').list()).toEqual([])
  })
})
