import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileAnchor, fileJournal } from '@audit/core'
import { generateKeyPair } from '@audit/proof'
import { expect, onTestFinished, test } from 'vitest'
import { openAudit, temporaryDirectory } from './real-journal.ts'
import { runAudit } from './run-audit.ts'

// The commands of docs/journal.md that copy a journal while its service writes it.

const DOCS = new URL('../../../docs/journal.md', import.meta.url)
const WAIT = { timeout: 120_000, interval: 20 }
const keys = generateKeyPair('flags-api')

function documentedCommands(): readonly [checkpoints: string, logs: string] {
  const block = /Copy it live[\s\S]*?```sh\n([\s\S]*?)```/.exec(readFileSync(DOCS, 'utf8'))![1]!
  const commands = block.split('\n').flatMap((line) => line.trim() || [])
  expect(commands).toHaveLength(2)
  return [commands[0]!, commands[1]!]
}

/** A service that records and seals events all the time. */
async function busyService() {
  const root = temporaryDirectory()
  const directory = join(root, '.audit')
  const anchor = join(root, 'anchor')
  const audit = openAudit(directory, {
    journal: fileJournal({ directory, segmentBytes: 64 << 10 }),
    seal: { key: keys.signingKey, everyMs: 50 },
    anchors: [fileAnchor({ path: anchor, everyMs: 50 })],
  })
  const stopped = new AbortController()
  await audit.ready()
  const writes = (async () => {
    for (let number = 0; !stopped.signal.aborted; number++) await audit.record('flag:created', { key: `k${number}` })
  })()
  onTestFinished(() => {
    stopped.abort()
    return writes
  })
  const size = () => audit.health().journal.seal!.size
  const moreSealed = async () => {
    const before = size()
    await expect.poll(size, WAIT).toBeGreaterThan(before + 50)
  }
  await moreSealed()
  const run = (command: string) => execFileSync('bash', ['-c', command], { cwd: root, stdio: 'pipe' })
  const verified = (copy: string, ...words: string[]) =>
    runAudit(['verify', join(root, copy), '--key', keys.verifierKey, ...words])
  return { root, anchor, run, moreSealed, verified }
}

test('the documented commands copy a journal that is being written, and the copy is no wrong trail', async () => {
  const { root, run, verified, anchor } = await busyService()
  const [checkpoints, logs] = documentedCommands()
  const copied = async (tries: number): Promise<void> => {
    rmSync(join(root, 'audit-copy'), { recursive: true, force: true })
    run('cp anchor anchor-copy')
    run(checkpoints)
    run(logs)
    const { code, out } = await verified('audit-copy', '--anchor', `${anchor}-copy`)
    // A seal between the two commands: the page says to copy again.
    if (code === 1 && tries > 1 && out.includes('rolled-back')) return copied(tries - 1)
    expect([0, 4], out).toContain(code)
  }
  await copied(5)
})

test('a log that is copied before its checkpoint looks truncated', async () => {
  const { root, run, moreSealed, verified } = await busyService()
  const [checkpoints, logs] = documentedCommands()
  mkdirSync(join(root, 'audit-copy'))
  run(logs)
  await moreSealed()
  run(checkpoints.replace('mkdir audit-copy && ', ''))
  const { code, out } = await verified('audit-copy')
  expect([code, out]).toEqual([1, expect.stringContaining('truncated')])
})
