import { execFileSync } from 'node:child_process'
import { appendFileSync, cpSync, readFileSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { formatCheckpoint, leafHash, MerkleTree } from '@audit/proof'
import { describe, expect, test } from 'vitest'
import { changeLines, checked, keys, segmentsIn, temporaryDirectory } from '../../test/honest-journal.ts'
import { anchorUpTo, closed, copyOf, eventText, live, trimmed } from '../../test/log-states.ts'
import { runAudit, type Ran } from '../../test/run-audit.ts'
import { signedLog, type SignedLog } from '../../test/signed-log.ts'
import type { TrailReport } from './report.ts'

// Attacks on a trail without the key that the first verifier accepted with every evidence given. B1 to B10 are case names.

async function verify(path: string, ...more: readonly string[]): Promise<Ran & { readonly report: TrailReport }> {
  const ran = await runAudit(['verify', path, '--key', keys.verifierKey, ...more, '--json'])
  return { ...ran, report: JSON.parse(ran.out === '' ? '{}' : ran.out) as TrailReport }
}

const altered = (line: string) => line.replace('event', 'evenT')

describe('the beginning of a log', () => {
  test('the beginning of a log does not count as deleted because an uncovered event says so (B1)', async () => {
    const { root, log, anchor } = await trimmed()
    const first = Number(/^\d+/.exec(segmentsIn(log)[0]!.split('/').at(-1)!)![0])
    const payload = { source: sourceIn(log), firstKept: first + 1, reason: 'size' }
    rmSync(join(log, 'tiles'), { recursive: true })
    changeLines(log, (line, at) => {
      if (at === first) return []
      if (at !== first + 1) return [line.includes('"type":"audit"') ? line : altered(line)]
      return [
        JSON.stringify({
          ...JSON.parse(`${line}}`),
          type: 'audit',
          action: 'trimmed',
          payload,
          source: payload.source,
          sequence: at,
        }).slice(0, -1),
      ]
    })
    const [segment] = segmentsIn(log)
    renameSync(segment!, segment!.replace(String(first).padStart(20, '0'), String(first + 1).padStart(20, '0')))
    const { code, report } = await verify(root, '--anchor', anchor)
    expect(code).not.toBe(0)
    expectNoneProven(report, altersOf(log))
  })

  test('a log must not begin after the end of its checkpoint (B8)', async () => {
    const { root, log, source } = await closed()
    for (const path of segmentsIn(log)) rmSync(path)
    const event = { type: 'audit', action: 'trimmed', payload: { source, firstKept: 700 }, source, sequence: 700 }
    const text = JSON.stringify({ ...JSON.parse(`${eventText({})}}`), ...event }).slice(0, -1)
    writeFileSync(join(log, 'log/00000000000000000700.3-0.ndjson'), `${checked(text)}\n`)
    appendFileSync(join(log, 'tiles/0'), Buffer.alloc(32 * 644, 1))
    const { code, report } = await verify(root)
    expect([code, report.sources[0]!.findings.map(({ message }) => message)]).toEqual([
      1,
      expect.arrayContaining(['The log begins with event 700, but its checkpoint covers only 56 events.']),
    ])
  })

  test('one seal does not prove the beginning of a copy', async () => {
    const { paths, anchor } = await copyOf((lines) =>
      lines.slice(1).map((line) => (line.includes('"type":"audit"') ? line : altered(line))),
    )
    const { code, report } = await verify(paths[0]!, '--anchor', anchor)
    expect(code).not.toBe(0)
    expectNoneProven(
      report,
      readFileSync(paths[0]!, 'utf8')
        .split('\n')
        .filter((line) => line.includes('evenT')),
    )
  })
})

describe('lines that were altered', () => {
  test('altered lines are not proven by an altered seal over them', async () => {
    const { root, log } = await closed()
    const seals: number[] = []
    changeLines(log, (line, at) => {
      if (line.includes('"action":"sealed"')) seals.push(at)
      return [
        seals.length > 1 || (seals.length === 1 && at > seals[0]!)
          ? line
          : line.replace('"status":"success"', '"status":"failure"'),
      ]
    })
    const { code, report } = await verify(root)
    expect(seals[0]).toBeGreaterThan(0)
    expect([code, report.counts.proven, report.counts.wrong]).toEqual([1, 56 - seals[0]! - 1, seals[0]! + 1])
  })
})

describe('lines that are not events of their log', () => {
  test('foreign lines are found at the end of any file of a journal (B3)', async () => {
    for (const at of [0, 1, -1]) {
      const { root, log } = await closed()
      appendFileSync(segmentsIn(log).at(at)!, `${checked(eventText({ source: 'x', sequence: 203 }))}\n`)
      expect((await verify(root)).code).toBe(1)
    }
  })

  test('foreign lines are found without their checksums, and without their last line end (B5)', async () => {
    const stripped = await closed()
    for (const path of segmentsIn(stripped.log))
      writeFileSync(path, readFileSync(path, 'utf8').replace(/,"crc":"[0-9a-f]{8}"}$/gm, '}'))
    expect((await verify(stripped.root)).code).toBe(1)
    const joined = await closed()
    const path = segmentsIn(joined.log).find((each) => readFileSync(each, 'utf8').split('\n').length > 4)!
    writeFileSync(path, readFileSync(path, 'utf8').replace('}\n{', '}{'))
    expect((await verify(joined.root)).code).toBe(1)
  })
})

describe('the directory of a journal', () => {
  test('a journal does not hide a log whose description names another log (B4)', async () => {
    const { root, log, source } = await closed()
    const path = join(log, 'source.json')
    writeFileSync(path, readFileSync(path, 'utf8').replace(source, `${source.slice(0, -1)}${source.endsWith('2') ? '3' : '2'}`))
    const { code, report } = await verify(root)
    expect([code, report.sources[0]!.source, report.counts.proven]).toEqual([1, source, 56])
  })

  test('a journal does not become a log through a description or a log planted in its root (B4)', async () => {
    for (const plant of ['source.json', 'log']) {
      const { root, log } = await closed()
      cpSync(join(log, plant), join(root, plant), { recursive: true })
      const { code, report } = await verify(root)
      expect([code, report.counts.proven]).toEqual([1, 56])
    }
  })

  test('a journal does not hide a log without a description and without an intact line', async () => {
    const { root, log } = await closed()
    for (const path of segmentsIn(log))
      writeFileSync(path, readFileSync(path, 'utf8').replace(/"crc":"[0-9a-f]{8}"}$/gm, '"crc":"00000000"}'))
    rmSync(join(log, 'source.json'))
    expect((await verify(root)).code).toBe(1)
  })

  test('a journal must not contain a log twice', async () => {
    const { root, log } = await closed()
    cpSync(log, join(root, 'flags-api-copyofit'), { recursive: true })
    expect((await verify(root)).code).toBe(1)
  })

  test.each(['log', 'tiles', 'checkpoint', 'source.json'])('a journal must not have a link for %s (B5)', async (name) => {
    const { root, log } = await closed()
    const elsewhere = join(temporaryDirectory(), name)
    renameSync(join(log, name), elsewhere)
    symlinkSync(elsewhere, join(log, name))
    expect((await verify(root)).code).toBe(1)
  })

  test('a pipe, or a link for a log, is refused and does not block the verifier', async () => {
    const { root, log } = await closed()
    for (const name of ['log/00000000000000000056.9-0.ndjson', 'tiles/1', 'aside']) execFileSync('mkfifo', [join(log, name)])
    expect((await verify(root)).code).toBe(1)
    const linked = await closed()
    symlinkSync(linked.log, join(linked.root, 'flags-api-linkedto'))
    expect((await verify(linked.root)).code).toBe(1)
  })
})

test('one level of tiles is compared with the others (B7)', async () => {
  const source = 'flags-api/vm/aaaaaaaa'
  const log = await signedLog(
    source,
    keys.signingKey,
    Array.from({ length: 600 }, (_, at) => ({ payload: { key: `event ${at}` } })),
  )
  const directory = temporaryDirectory()
  const journal = log.writeTo(join(directory, 'journal'))
  const upper: Uint8Array[] = []
  const tree = new MerkleTree({ onHash: ({ level }, hash) => void (level === 8 && upper.push(hash)) })
  for (const line of log.lines) tree.append(leafHash(line))
  writeFileSync(join(journal, 'tiles/1'), Buffer.concat(upper))
  const tiles = readFileSync(join(journal, 'tiles/0'))
  const part = log.lines.flatMap((line, at) => (at % 7 !== 0 ? [] : at < 500 ? [altered(line)] : [line]))
  const path = join(directory, 'part.log')
  writeFileSync(path, part.map((line) => `${line}\n`).join(''))
  expect((await verify(path, '--tiles', journal)).report.sources[0]!.findings[0]).toMatchObject({ cause: 'changed', sequence: 0 })
  for (let at = 0; at < 500; at += 7) tiles.set(leafHash(altered(log.lines[at]!)), at * 32)
  writeFileSync(join(journal, 'tiles/0'), tiles)
  const { code, report } = await verify(path, '--tiles', journal)
  expect([code, report.counts.proven]).toEqual([1, 0])
})

test('a whole log is not a tail, even if its first checkpoint was restored (B10)', async () => {
  const { root, log, anchor } = await live([])
  writeFileSync(join(log, 'checkpoint'), JSON.parse(readFileSync(anchorUpTo(anchor, 0), 'utf8').split('\n')[0]!).checkpoint)
  rmSync(join(log, 'tiles'), { recursive: true, force: true })
  changeLines(log, (line) => [altered(line)])
  const { code, report } = await verify(root)
  expect([code, report.counts.proven]).toEqual([4, 0])
})

describe('the check of hostile input ends, and reports input that is not a trail', () => {
  test.each([
    ['a text', (path: string) => writeFileSync(path, 'root:x:0:0:root:/root:/bin/bash\n'.repeat(40))],
    ['a million empty lines, packed', (path: string) => writeFileSync(path, gzipSync(Buffer.alloc(1 << 20, 10))), '.gz'],
    ['one line of 8 MiB', (path: string) => writeFileSync(path, Buffer.alloc(8 << 20, 120))],
    ['400,000 levels', (path: string) => writeFileSync(path, `${'['.repeat(400_000)}\n`)],
    ['UTF-16', (path: string) => writeFileSync(path, Buffer.from('\ufeff{"version":"1.0"}\n', 'utf16le'))],
    ['a pipe', (path: string) => void execFileSync('mkfifo', [path])],
  ])('hostile input is refused: %s', async (_, make, ending = '') => {
    const path = join(temporaryDirectory(), `audit.log${ending}`)
    make(path)
    expect((await runAudit(['verify', path])).code).toBe(3)
  })

  test('a device is refused', async () => expect((await runAudit(['verify', '/dev/zero'])).code).toBe(3))

  test('a checkpoint and a description of 32 MB are refused', async () => {
    for (const name of ['checkpoint', 'source.json']) {
      const { root, log } = await closed()
      appendFileSync(join(log, name), Buffer.alloc(32 << 20, 120))
      expect((await verify(root)).code).toBe(1)
    }
  })

  test('2,000 empty files of later generations are read in time', async () => {
    const { root, log } = await closed()
    for (let at = 0; at < 2_000; at++)
      writeFileSync(join(log, 'log', `${String(56 + at).padStart(20, '0')}.${9 + at}-0.ndjson`), '')
    expect((await verify(root)).code).toBe(0)
  })
})

describe('an anchor', () => {
  test.each([
    ['empty lines and comments', (text: string) => `# kept by the auditor\n\n${text.replaceAll('\n', '\n\n')}`, 0],
    ['the line ends of Windows', (text: string) => text.replaceAll('\n', '\r\n'), 0],
    ['a byte order mark', (text: string) => `\ufeff${text}`, 0],
    ['a line that a crash cut off', (text: string) => `${text}{"origin":"flags`, 0],
    ['UTF-16', (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le'), 3],
    ['no checkpoint', () => '# nothing yet\n', 3],
    ['an invalid checkpoint', (text: string) => text.replace(/"checkpoint":"[^"]*"/, '"checkpoint":"x"'), 3],
  ] as const)('with %s is read or refused', async (_, change, code) => {
    const { root, anchor } = await closed()
    writeFileSync(anchor, change(readFileSync(anchor, 'utf8')))
    expect((await verify(root, '--anchor', anchor)).code).toBe(code)
  })

  test('an anchor of plain checkpoints is read, with and without empty lines between them', async () => {
    const { root, anchor } = await closed()
    const checkpoints = readFileSync(anchor, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { checkpoint: string }).checkpoint)
    for (const between of ['', '\n', '\n# then\n\n']) {
      writeFileSync(anchor, checkpoints.join(between))
      expect((await verify(root, '--anchor', anchor)).code).toBe(0)
    }
    writeFileSync(anchor, formatCheckpoint({ origin: sourceIn(join(root, 'x')) ?? 'x', size: 1, root: Buffer.alloc(32) }))
    expect((await verify(root, '--anchor', anchor)).code).toBe(1)
  })
})

function sourceIn(log: string): string {
  try {
    return (JSON.parse(readFileSync(join(log, 'source.json'), 'utf8')) as { source: string }).source
  } catch {
    return 'flags-api/vm/another2'
  }
}

function altersOf(log: string): readonly string[] {
  return segmentsIn(log).flatMap((path) =>
    readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line.includes('evenT')),
  )
}

/** None of these lines counts as proven. */
function expectNoneProven({ sources }: TrailReport, lines: readonly string[]): void {
  expect(lines.length).toBeGreaterThan(20)
  for (const line of lines) {
    const { source, sequence } = JSON.parse(line) as { source: string; sequence: number }
    const { proven } = sources.find((each) => each.source === source)!
    expect(proven.some(({ from, to }) => from <= sequence && sequence < to)).toBe(false)
  }
}

describe('events of a copy that cannot be compared with the checkpoint over them', () => {
  test('events between two seals are not proven if the kept hashes were cut off', async () => {
    const { log, journal, path } = await sealedTwice()
    writeLines(path, forgedBehindFirstSeal(log))
    truncateSync(join(journal, 'tiles/0'), 101 * 32)
    const { code, report } = await verify(path, '--tiles', journal, '--accept', 'tail,late-start')
    const [{ doubts, proven }] = report.sources as [TrailReport['sources'][0]]
    expect([code, doubts.map(({ reason, from, to }) => [reason, from, to])]).toEqual([4, [['hashes-gone', 100, 200]]])
    expect(proven).toEqual([
      { from: 0, to: 100 },
      { from: 201, to: 212 },
    ])
  })

  test('events after the last seal are not a tail if the kept hashes were cut off', async () => {
    const { log, journal, path } = await sealedTwice()
    writeLines(path, forgedBehindFirstSeal(log).slice(0, 190))
    truncateSync(join(journal, 'tiles/0'), 101 * 32)
    const { code, report } = await verify(path, '--tiles', journal)
    expect([code, report.sources[0]!.doubts.map(({ reason }) => reason)]).toEqual([4, ['hashes-gone']])
  })

  test('events are not a tail if a seal was due, although a larger checkpoint is known', async () => {
    const { log, journal, path, anchor } = await sealedTwice()
    const late = log.lines.slice(0, 190).map((line, at) => (at < 102 ? line : line.replace('T12:00', `T13:${at % 50}`)))
    writeLines(path, late)
    writeFileSync(anchor, readFileSync(join(journal, 'checkpoint')))
    const { code, report } = await verify(path, '--anchor', anchor, '--accept', 'tail,behind')
    expect([code, report.sources[0]!.doubts.map(({ reason }) => reason)]).toEqual([4, ['long-tail', 'behind']])
  })

  async function sealedTwice() {
    const [source, directory] = ['flags-api/vm/aaaaaaaa', temporaryDirectory()]
    const flags = (count: number) => Array.from({ length: count }, (_, at) => ({ payload: { key: `event ${at}` } }))
    const sealed = (log: SignedLog) => ({ name: 'audit:sealed', payload: log.seal })
    const once = [...flags(100), sealed(await signedLog(source, keys.signingKey, flags(100))), ...flags(100)]
    const log = await signedLog(source, keys.signingKey, [
      ...once,
      sealed(await signedLog(source, keys.signingKey, once)),
      ...flags(10),
    ])
    const journal = log.writeTo(join(directory, 'journal'))
    return { log, journal, path: join(directory, 'part.log'), anchor: join(directory, 'anchor') }
  }

  /** One line is left out, so that the copy is one of selected events. */
  function forgedBehindFirstSeal({ lines }: SignedLog): readonly string[] {
    return lines.map((line, at) => (at > 100 && at < 201 ? altered(line) : line)).filter((_, at) => at !== 150)
  }

  function writeLines(path: string, lines: readonly string[]): void {
    writeFileSync(path, lines.map((line) => `${line}\n`).join(''))
  }
})

describe('a file of terabytes that is one hole', () => {
  test('a file of terabytes in place of the kept hashes is not read to its end', async () => {
    const { root, log, source } = await closed()
    truncateSync(join(log, 'tiles/0'), 2 ** 40)
    const note = readFileSync(join(log, 'checkpoint'), 'utf8')
    const forged = formatCheckpoint({ origin: source, size: 2 ** 34, root: Buffer.alloc(32) })
    writeFileSync(join(log, 'checkpoint'), `${forged}\n${note.split('\n\n')[1]!.replace('flags-api', 'other')}`)
    expect((await verify(root)).code).toBe(1)
  })

  test('a file of terabytes in place of a segment is not read to its end', async () => {
    const { paths } = await copyOf((lines) => lines)
    truncateSync(paths[0]!, 2 ** 40)
    const { code, report } = await verify(paths[0]!)
    expect([code, report.findings]).toEqual([
      1,
      [expect.objectContaining({ cause: 'unreadable', message: expect.stringMatching(/The rest was not read/) })],
    ])
  })
})

test('recovered events do not count as proven after any number of starts', async () => {
  const source = 'flags-api/vm/aaaaaaaa'
  const takenOver = Array.from({ length: 100 }, (_, at) => ({
    name: 'audit:recovered',
    payload: { source, reason: 'unauthenticated', from: at, lines: 1 },
  }))
  const flags = Array.from({ length: 100 }, (_, at) => ({ payload: { key: `event ${at}` } }))
  const journal = (await signedLog(source, keys.signingKey, [...flags, ...takenOver])).writeTo(temporaryDirectory())
  const { code, report } = await verify(journal, '--accept', 'unauthenticated')
  expect([code, report.counts.proven]).toEqual([0, 100])
})

test('an event that two starts recovered counts once, also if it was changed', async () => {
  const source = 'flags-api/vm/aaaaaaaa'
  const takenOver = [0, 5].map((from) => ({
    name: 'audit:recovered',
    payload: { source, reason: 'unauthenticated', from, lines: 10 },
  }))
  const flags = Array.from({ length: 100 }, (_, at) => ({ payload: { key: `event ${at}` } }))
  const log = await signedLog(source, keys.signingKey, [...flags, ...takenOver])
  const journal = log.writeTo(temporaryDirectory())
  const counts = async () => {
    const { report } = await verify(journal)
    const inRanges = report.sources[0]!.proven.reduce((sum, { from, to }) => sum + to - from, 0)
    return [inRanges, report.counts.proven, report.counts.unproven, report.counts.wrong]
  }
  expect(await counts()).toEqual([87, 87, 15, 0])
  changeLines(journal, (line, sequence) => [sequence === 3 ? altered(line) : line])
  expect(await counts()).toEqual([87, 87, 14, 1])
})
