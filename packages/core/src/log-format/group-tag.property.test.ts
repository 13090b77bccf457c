import { createHmac, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { keyed, SOURCE } from '../../test/log-files.ts'
import { simulatedDisk } from '../../test/simulated-disk.ts'
import { seededRandom } from '../../test/simulated-random.ts'
import { authenticate, type Authenticated } from '../file-journal/held/authentication.ts'
import { closeLine } from './checked-line.ts'
import { effectiveExtents } from './extents.ts'
import { FIRST_TAG, GroupTagger } from './group-tag.ts'
import { GroupEncoder } from './record-line.ts'
import { segmentOf } from './segment-name.ts'

const key = randomBytes(32)
const SEGMENT = segmentOf(0, { term: 1, attempt: 0 })

/** The lines of groups with these numbers of events, without line ends. */
function groupsOf(sizes: readonly number[]): readonly (readonly string[])[] {
  const encoder = new GroupEncoder(SOURCE, new GroupTagger(key))
  let [first, tag] = [0, FIRST_TAG]
  return sizes.map((size) => {
    const events = Array.from({ length: size }, (_, index) => keyed(`event ${first + index} ü`))
    const group = encoder.encode(events, first, 0, tag)
    first += size
    tag = group.tag!
    return group.bytes.toString().trimEnd().split('\n')
  })
}

async function authenticated(lines: readonly string[], covered = 0): Promise<Authenticated> {
  const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''))
  const fileSystem = simulatedDisk({ random: seededRandom(1), files: new Map([[`/log/${SEGMENT.name}`, bytes]]) })
  const { extents } = effectiveExtents([SEGMENT])
  return authenticate({ fileSystem, directory: '/log', extents, covered, tagKeys: [randomBytes(32), key], mark: undefined })
}

function withChecksum(open: string): string {
  const bytes = Buffer.alloc(Buffer.byteLength(open) + 64)
  return bytes.toString('utf8', 0, closeLine(bytes, 0, bytes.write(open)) - 1)
}

/** The line without its tag, with a checksum that fits. */
const untagged = (line: string) => withChecksum(line.replace(/(,"tag":"[\w-]{22}")?,"crc":"\w{8}"}$/, ''))

const sizes = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 8 })

test('the tag of a group is the HMAC of the previous tag and of every byte of the group before its own tag', () => {
  const [one, two] = groupsOf([1, 2])
  const tagOf = (line: string) => /"tag":"([\w-]{22})"/.exec(line)?.[1]
  const mac = (previous: string, text: string) =>
    createHmac('sha256', key)
      .update(Buffer.from(previous, 'base64url'))
      .update(text)
      .digest()
      .subarray(0, 16)
      .toString('base64url')
  expect(tagOf(one![0]!)).toBe(mac(FIRST_TAG, one![0]!.replace(/,"tag".*/, '')))
  expect(tagOf(two![0]!)).toBeUndefined()
  expect(tagOf(two![1]!)).toBe(mac(tagOf(one![0]!)!, `${two![0]}\n${two![1]!.replace(/,"tag".*/, '')}`))
})

test('all groups of an unchanged log count, wherever its checkpoint is', async () => {
  await fc.assert(
    fc.asyncProperty(sizes, fc.nat(40), async (given, at) => {
      const groups = groupsOf(given)
      const lines = groups.flat()
      // A group ends here, so the checkpoint may.
      const ends = groups.map((_, index) => groups.slice(0, index + 1).flat().length)
      const covered = [0, ...ends][at % (ends.length + 1)]!
      const found = await authenticated(lines, covered)
      expect(found).toMatchObject({ end: lines.length, rest: { lines: 0 } })
      expect(lines.at(-1)).toContain(`"tag":"${found.tag}"`)
    }),
    { numRuns: 60 },
  )
})

test('no group counts after the first line that was changed, inserted, removed or moved', async () => {
  const harm = fc.constantFrom('change', 'insert', 'remove', 'swap', 'strip')
  await fc.assert(
    fc.asyncProperty(sizes, harm, fc.nat(40), async (given, kind, at) => {
      const groups = groupsOf(given)
      const lines = groups.flat()
      const index = at % lines.length
      const line = lines[index]!
      if (kind === 'change') lines[index] = withChecksum(line.replace(/,"crc".*/, '').replace('event', 'evenT'))
      if (kind === 'insert') lines.splice(index, 0, untagged(line))
      if (kind === 'remove') lines.splice(index, 1)
      if (kind === 'swap') lines.splice(index, 2, ...lines.slice(index, index + 2).toReversed())
      if (kind === 'strip') lines[index] = untagged(line)
      if (lines.join() === groups.flat().join()) return
      let whole = 0
      for (const group of groups) {
        if (lines.slice(whole, whole + group.length).join() !== group.join()) break
        whole += group.length
      }
      expect((await authenticated(lines)).end).toBe(whole)
    }),
    { numRuns: 200 },
  )
})

test('a group with a tag by any of the keys counts, and a group with a tag by another key does not', async () => {
  const lines = groupsOf([2, 1]).flat()
  expect((await authenticated(lines)).end).toBe(3)
  const { extents } = effectiveExtents([SEGMENT])
  const files = new Map([[`/log/${SEGMENT.name}`, Buffer.from(lines.map((line) => `${line}\n`).join(''))]])
  const fileSystem = simulatedDisk({ random: seededRandom(1), files })
  const others = { fileSystem, directory: '/log', extents, covered: 0, tagKeys: [randomBytes(32)], mark: undefined }
  expect((await authenticate(others)).end).toBe(0)
})

test.each(['A'.repeat(21), 'A'.repeat(23), `${'A'.repeat(21)}=`, `${'A'.repeat(21)}+`])(
  'a line with %s in place of its tag is invalid',
  async (text) => {
    const [line] = groupsOf([1]).flat()
    const open = line!.replace(/,"crc".*/, '').replace(/"tag":"[^"]*"/, `"tag":"${text}"`)
    const { end, rest } = await authenticated([withChecksum(open)])
    expect([end, rest.lines, rest.isBroken]).toEqual([0, 0, true])
  },
)
