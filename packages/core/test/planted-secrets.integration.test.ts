import { spawnSync } from 'node:child_process'
import { mkdtempSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const program = fileURLToPath(new URL('./plant-secrets.ts', import.meta.url))

interface Outcome {
  /** The place of each secret; its number counts from 1. */
  readonly planted: readonly string[]
  readonly ofSink: string
  /** Everything that was written, by the name of the file or stream. */
  readonly outlets: Readonly<Record<string, string>>
}

const folders: string[] = []
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true })))

function run(mode: 'guarded' | 'control'): Outcome {
  const folder = mkdtempSync(join(tmpdir(), 'audit-secrets-'))
  folders.push(folder)
  const written = join(folder, 'written')
  mkdirSync(written)
  const { stdout, stderr, status } = spawnSync(process.execPath, [program, written, mode], { encoding: 'utf8' })
  expect(status, stderr).toBe(0)
  const files = readdirSync(written, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => [name, readFileSync(join(parentPath, name), 'utf8')])
  return {
    ...(JSON.parse(readFileSync(join(folder, 'planted.json'), 'utf8')) as Outcome),
    outlets: { stdout, stderr, ...Object.fromEntries(files) },
  }
}

/** Lists the secrets that can be read in a text, also in base64, hexadecimal, or another case. */
function found({ planted }: Outcome, text: string): readonly string[] {
  const plain = [...text.toLowerCase().matchAll(/planted-(\d+)/g)].map(([, number]) => planted[Number(number) - 1]!)
  const encoded = planted.filter((_, index) => {
    const bytes = Buffer.from(`planted-${String(index + 1).padStart(2, '0')}-5d2f`)
    return text.includes(bytes.toString('base64').slice(0, -2)) || text.includes(bytes.toString('hex'))
  })
  return [...new Set([...plain, ...encoded])]
}

describe('secrets planted everywhere', () => {
  let outcome: Outcome
  beforeAll(() => void (outcome = run('guarded')))

  test('more than fifty secrets are planted, and every outlet was written to', () => {
    expect(new Set(outcome.planted).size).toBeGreaterThan(50)
    const { outlets } = outcome
    for (const name of [
      'stdout',
      'stderr',
      'trail.ndjson',
      'failing.ndjson',
      'diagnostics.txt',
      'logger.txt',
      'errors.txt',
      'dead-letters.txt',
      'state.txt',
    ]) {
      expect(outlets[name], name).toMatch(/\S/)
    }
    expect(outlets['trail.ndjson']).toContain('[redacted]')
    expect(outlets['trail.ndjson']).toContain('[invalid]')
    expect(outlets['stdout']).toBe(outlets['trail.ndjson'])
    expect(outlets['errors.txt']).toMatch(/AUDIT_INVALID_EVENT[^]*AUDIT_ASYNC_SCHEMA|AUDIT_ASYNC_SCHEMA[^]*AUDIT_INVALID_EVENT/)
  })

  test('no planted secret is found in any outlet', () => {
    for (const [name, text] of Object.entries(outcome.outlets)) {
      // The error of a sink or a journal goes to diagnostics as it is: it is theirs, and was made without any payload.
      const ofOthers = /an error of a sink|own property of an error|deep in an error|an error: journal/
      const leaks = found(outcome, text).filter((where) => name !== 'diagnostics.txt' || !ofOthers.test(where))
      expect(leaks, name).toEqual([])
    }
  })
})

test('control: a secret under an innocent key is found in every outlet that shows events', () => {
  const outcome = run('control')
  for (const name of ['stdout', 'stderr', 'trail.ndjson', 'failing.ndjson', 'diagnostics.txt', 'dead-letters.txt']) {
    expect(found(outcome, outcome.outlets[name]!), name).toContain('under an innocent key')
  }
})
