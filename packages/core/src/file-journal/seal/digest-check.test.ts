import { expect, test } from 'vitest'
import { keyed } from '../../../test/log-files.ts'
import { GroupEncoder, readRecord } from '../../log-format/record-line.ts'
import { DigestCheck } from './digest-check.ts'

const encoder = new GroupEncoder('flags-api/pod/7k2m9xqd')

/** A group of this number of lines, as it is on the disk. */
function groupOf(first: number, count: number): { readonly bytes: Buffer; readonly lines: readonly Buffer[] } {
  const events = Array.from({ length: count }, (_, index) => keyed(`event ${first + index}`))
  const bytes = Buffer.from(encoder.encode(events, first, 0).bytes)
  const lines = bytes.toString('utf8').trimEnd().split('\n')
  return { bytes, lines: lines.map((line) => Buffer.from(line)) }
}

const see = (check: DigestCheck, lines: readonly Buffer[]) => lines.map((line) => check.next(line, readRecord(line)!))

test('believes lines from before it, and groups that are as they were written', () => {
  const check = new DigestCheck(2)
  expect(see(check, groupOf(0, 2).lines)).toEqual([true, true])
  const [one, other] = [groupOf(2, 3), groupOf(5, 1)]
  check.add(one.bytes, 5)
  check.add(other.bytes, 6)
  expect(see(check, [...one.lines, ...other.lines])).toEqual([undefined, undefined, true, true])
})

test('finds a group with a line of another, and believes the next one', () => {
  const check = new DigestCheck(0)
  const [one, other] = [groupOf(0, 2), groupOf(2, 2)]
  check.add(one.bytes, 2)
  check.add(other.bytes, 4)
  const forged = Buffer.from(keyedLine(0))
  expect(see(check, [forged, one.lines[1]!, ...other.lines])).toEqual([undefined, false, undefined, true])
})

test('finds a line behind the groups that were written', () => {
  expect(see(new DigestCheck(0), groupOf(0, 1).lines)).toEqual([false])
})

test('does not believe the line behind an unreadable end of a group, and then goes on', () => {
  const check = new DigestCheck(0)
  const groups = [groupOf(0, 2), groupOf(2, 2), groupOf(4, 2)]
  for (const [index, { bytes }] of groups.entries()) check.add(bytes, 2 * index + 2)
  const lines = [groups[0]!.lines[0]!, ...groups[1]!.lines, ...groups[2]!.lines]
  expect(see(check, lines)).toEqual([undefined, false, true, undefined, true])
})

/** A line with that sequence and another event. */
function keyedLine(sequence: number): Buffer {
  return Buffer.from(encoder.encode([keyed('forged')], sequence, 0).bytes).subarray(0, -1)
}
