import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { honestJournal, keys, temporaryDirectory } from '../test/honest-journal.ts'
import { runAudit } from '../test/run-audit.ts'

// Issue 16, item 11: a person may name anything in place of a file. A command must neither wait for it nor read it to its end.

const sparse = (path: string) => (writeFileSync(path, ''), truncateSync(path, 2 ** 40))
const kinds: readonly (readonly [string, (path: string) => void])[] = [
  ['a FIFO', (path) => void execFileSync('mkfifo', [path])],
  ['a device', (path) => symlinkSync('/dev/zero', path)],
  ['a directory', (path) => mkdirSync(path)],
  ['a file of a terabyte', sparse],
  ['a file of 5 MB', (path) => writeFileSync(path, 'x\n'.repeat(2_500_000))],
]

/** A journal, and a proof of one of its events. */
async function trail() {
  const { root } = await honestJournal({ runs: [5] })
  const out = join(temporaryDirectory(), 'event')
  expect((await runAudit(['prove', '3', root, '--out', out])).code).toBe(0)
  return { root, proof: `${out}.tlog-proof`, event: `${out}.json` }
}

describe.each(kinds)('%s', (kind, make) => {
  const named = () => {
    const path = join(temporaryDirectory(), 'given')
    make(path)
    return path
  }

  test.each([
    ['verify', (key: string, root: string) => ['verify', root, '--key', key]],
    ['tail', (key: string, root: string) => ['tail', root, '--key', key]],
    ['show', (key: string, root: string) => ['show', '3', root, '--key', key]],
  ])(`${kind} is refused as a key: %s`, async (_, words) => {
    const { root } = await trail()
    const { code, out, error } = await runAudit(words(named(), root))
    expect([code, out]).toEqual([2, ''])
    expect(error).toMatch(/--key: '.*given' is neither a verifier key .* nor a file with one \((it .*|E\w+)\)/)
  })

  test(`${kind} is refused as a proof, an event and a key of check-proof`, async () => {
    const { proof, event } = await trail()
    for (const files of [
      [named(), event],
      [proof, named()],
    ]) {
      const { code, out, error } = await runAudit(['check-proof', ...files, '--key', keys.verifierKey])
      expect([code, out]).toEqual([3, ''])
      expect(error).toMatch(/'.*given' cannot be read \((it .*|E\w+)\)/)
    }
    expect((await runAudit(['check-proof', proof, event, '--key', named()])).code).toBe(2)
  })
})

describe('the checkpoint of a log', () => {
  test.each(kinds.filter(([kind]) => kind !== 'a directory'))('%s is not waited for by prove', async (_, make) => {
    const { root, log } = await honestJournal({ runs: [5] })
    rmSync(join(log, 'checkpoint'))
    make(join(log, 'checkpoint'))
    const { code, out } = await runAudit(['prove', '3', root, '--out', join(temporaryDirectory(), 'event')])
    expect([code, out]).toEqual([3, ''])
  })
})
