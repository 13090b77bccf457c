import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'

// The behaviour of a whole service at SIGHUP. An audit also listens for it, and ends the process unless another listener exists.

test.each([
  [true, 'keeps running, and writes its next events to a new file'],
  [false, 'ends, as processes do by default'],
])('a service with reopenOn: %s %s', async (isTold) => {
  const folder = mkdtempSync(join(tmpdir(), 'audit-'))
  const path = join(folder, 'trail.log')
  const program = `
    const { createAudit, defineEvents, memoryJournal, noPayload } = await import('@audit/core')
    const { fileSink } = await import(${JSON.stringify(new URL('../src/index.ts', import.meta.url).href)})
    const sink = fileSink({ path: ${JSON.stringify(path)} ${isTold ? ", reopenOn: 'SIGHUP'" : ''} })
    const audit = createAudit({ service: 'flags', events: defineEvents({ flag: { created: noPayload } }), journal: memoryJournal(), sinks: [sink] })
    await audit.ready()
    const record = async () => {
      await audit.record('flag:created')
      await audit.flush()
      console.log('recorded')
    }
    await record()
    process.stdin.once('data', async () => {
      await record()
      await audit.close()
      process.exit()
    })`
  const cwd = new URL('.', import.meta.url)
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['pipe', 'pipe', 'inherit'], cwd })
  const exited = once(child, 'exit')
  const said = createInterface(child.stdout)[Symbol.asyncIterator]()
  expect(await said.next()).toMatchObject({ value: 'recorded' })
  renameSync(path, `${path}.1`)
  child.kill('SIGHUP')
  if (isTold) child.stdin.write('one more\n')
  expect(await exited).toEqual(isTold ? [0, null] : [null, 'SIGHUP'])
  expect(flagsIn(`${path}.1`)).toBe(1)
  if (isTold) expect(flagsIn(path)).toBe(1)
  rmSync(folder, { recursive: true })
})

/** Counts our own events: the file also holds the system events of the audit. */
function flagsIn(path: string): number {
  return readFileSync(path, 'utf8').split('"type":"flag"').length - 1
}
