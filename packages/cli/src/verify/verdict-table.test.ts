import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatCheckpoint } from '@audit/proof'
import { describe, expect, test } from 'vitest'
import { keys, temporaryDirectory } from '../../test/honest-journal.ts'
import { copyOf, live, takenOverInPart, type LogState } from '../../test/log-states.ts'
import { runAudit } from '../../test/run-audit.ts'
import { verdictRows } from '../../test/verdict-rows.ts'
import type { TrailReport } from './report.ts'

// The table of docs/proof.md: each state of a log, and the exit code for each kind of evidence.

describe('the exit codes of the table in docs/proof.md', () => {
  test.each(verdictRows)('row $row: $state', async ({ exits, words, make, accept }) => {
    const state = await make()
    const results = [
      await verify(state, {}),
      await verify(state, { key: true }),
      await verify(state, { anchor: true }),
      await verify(state, { key: true, anchor: true }),
      await verify(state, { key: true, anchor: true, more: ['--strict'] }),
    ]
    expect(results.map(({ code }) => code)).toEqual(exits)
    if (words) expect(results[3]!.out.trimEnd()).toMatch(words)
    for (const { report } of results) expectTrueCounts(report)
    const [nothing, key, anchor, both, strict] = results.map(({ report }) => report.counts.proven) as [
      number,
      number,
      number,
      number,
      number,
    ]
    expect(nothing).toBe(0)
    // With a key, an unsigned checkpoint proves nothing, wherever it was kept.
    if (!state.key && exits[1] !== 1) expect([both >= key, both >= anchor, strict === both]).toEqual([true, true, true])
    if (accept) expect((await verify(state, { key: true, more: ['--accept', accept] })).code).toBe(0)
  })

  test('every row of the table is here', () => {
    expect([...new Set(verdictRows.map(({ row }) => Number(row)))]).toEqual(Array.from({ length: 28 }, (_, index) => index + 1))
  })

  test('every row of the table has these codes in the documentation', () => {
    const page = readFileSync(new URL('../../../../docs/proof.md', import.meta.url), 'utf8')
    for (const { row, exits } of verdictRows) {
      const cells = new RegExp(`^\\| ${row}[a-z]? \\|.*\\|((?: [^|]* \\|){5})`, 'gm')
      const documented = Array.from(page.matchAll(cells), ([, found]) =>
        found!
          .split('|')
          .map((cell) => cell.trim())
          .slice(0, 5),
      )
      const isDocumented = documented.some((codes) => codes.every((code, at) => code === '–' || code === String(exits[at])))
      expect(isDocumented, `row ${row}: ${exits.join(' ')} is not in ${JSON.stringify(documented)}`).toBe(true)
    }
  })
})

test('an anchor over the tail proves that the tail was changed (row 4)', async () => {
  const state = await live()
  const other = formatCheckpoint({ origin: state.source, size: state.end, root: Buffer.alloc(32, 1) })
  const anchor = join(temporaryDirectory(), 'anchor')
  writeFileSync(anchor, other)
  expect((await verify({ paths: state.paths, anchor }, { anchor: true })).code).toBe(1)
})

test('a journal in an anchor must have a checkpoint (row 5)', async () => {
  const state = await live()
  rmSync(join(state.log, 'checkpoint'))
  rmSync(join(state.log, 'tiles'), { recursive: true })
  expect((await verify(state, { anchor: true })).code).toBe(1)
})

test('selected events are proven if none of them was taken over without authentication (row 19)', async () => {
  const state = await takenOverInPart(['"sequence":2,', '"sequence":10,'])
  const { code, report } = await verify(state, { key: true })
  expect([code, report.counts.proven]).toEqual([0, 2])
})

test('events missing from a copy are accepted as behind (row 15)', async () => {
  const state = await copyOf((lines) => lines.slice(0, -20))
  expect((await verify(state, { key: true, anchor: true, more: ['--accept', 'tail,behind'] })).code).toBe(0)
})

/** Runs the command twice: for a person, and for a program. */
async function verify(
  state: LogState,
  given: { readonly key?: true; readonly anchor?: true; readonly more?: readonly string[] },
) {
  const words = [
    'verify',
    ...state.paths,
    ...(given.key ? ['--key', state.key ?? keys.verifierKey] : []),
    ...(given.anchor ? ['--anchor', state.anchor] : []),
    ...(state.tiles === undefined ? [] : ['--tiles', state.tiles]),
    ...(given.more ?? []),
  ]
  const { code, out, error } = await runAudit(words)
  expect(error).toBe('')
  const json = await runAudit([...words, '--json'])
  expect(json.code).toBe(code)
  return { code, out, report: JSON.parse(json.out) as TrailReport }
}

/** The counts add up, and every sequence below the largest genuine checkpoint that is not there is in a named range. */
function expectTrueCounts({ counts, sources }: TrailReport): void {
  const { events, proven, unsealed, unproven, wrong } = counts
  expect(proven + unsealed + unproven + wrong).toBe(events)
  expect(Math.min(proven, unsealed, unproven, wrong)).toBeGreaterThanOrEqual(0)
  expect(events).toBe(sources.reduce((sum, source) => sum + source.events, 0))
  for (const { events: there, first, end, absent } of sources) {
    const missing = new Set<number>()
    for (const { from, to } of absent) for (let at = from; at <= to; at++) missing.add(at)
    for (let at = 0; at < first; at++) expect(missing.has(at)).toBe(true)
    const within = [...missing].filter((at) => at >= first && at < end).length
    expect(there + within).toBeGreaterThanOrEqual(end - first)
  }
}
