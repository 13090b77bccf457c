import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { nodeFileSystem } from '../log-format/node-file-system.ts'
import { listTrailSources, readSourceState } from './source-state.ts'

afterEach(() => vi.restoreAllMocks())

/** A journal with one log, whose segments are all empty. */
function journalWith(emptySegments: number): string {
  const root = mkdtempSync(join(tmpdir(), 'audit-state-'))
  const log = join(root, 'flags-api-7nucxtic')
  mkdirSync(join(log, 'log'), { recursive: true, mode: 0o700 })
  const source = 'flags-api/pod/7nucxtic'
  writeFileSync(join(log, 'source.json'), `${JSON.stringify({ format: 2, source, service: 'flags-api' })}\n`, { mode: 0o600 })
  for (let first = 0; first < emptySegments; first++)
    writeFileSync(join(log, 'log', `${String(first).padStart(20, '0')}.1-0.ndjson`), '', { mode: 0o600 })
  return root
}

/** Calls of the file system that the state of such a log takes. */
async function callsFor(emptySegments: number): Promise<{ readonly open: number; readonly stat: number; readonly list: number }> {
  const [source] = await listTrailSources(journalWith(emptySegments))
  const spies = [vi.spyOn(nodeFileSystem, 'open'), vi.spyOn(nodeFileSystem, 'stat'), vi.spyOn(nodeFileSystem, 'list')] as const
  expect(await readSourceState(source!)).toMatchObject({ first: 0, end: 0, bytes: 0 })
  const [open, stat, list] = spies.map(({ mock }) => mock.calls.length) as [number, number, number]
  vi.restoreAllMocks()
  return { open, stat, list }
}

test('describes each of many empty segments twice, and opens none of them', async () => {
  const [few, many] = [await callsFor(100), await callsFor(1_000)]
  expect(many.stat - few.stat).toBe(2 * 900)
  expect(many.open).toBe(few.open)
  expect(many.list).toBe(few.list)
})
