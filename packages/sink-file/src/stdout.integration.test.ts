import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'

const program = (body: string) => `
  const { fileSink } = await import(${JSON.stringify(new URL('../dist/index.js', import.meta.url).href)})
  const { sampleBatch } = await import(${JSON.stringify(new URL('../../core/dist/testing/index.js', import.meta.url).href)})
  const sink = fileSink({ stdout: true })
  const options = { signal: new AbortController().signal }
  ${body}`

function run(body: string) {
  return spawn(process.execPath, ['--input-type=module', '-e', program(body)], { stdio: ['pipe', 'pipe', 'pipe'] })
}

test('events arrive on the standard output, one line each', async () => {
  const child = run(`
    const batches = [sampleBatch(50), sampleBatch(1)]
    for (const batch of batches) await sink.write(batch, options)
    await sink.close()
    process.stderr.write(batches.flatMap((batch) => batch.lines.map((line) => line + '\\n')).join(''))`)
  const [written, expected] = await Promise.all([text(child.stdout), text(child.stderr)])
  expect(written).toBe(expected)
  expect(written.split('\n')).toHaveLength(52)
})

test('a lost reader of stdout makes the sink reject, and does not end the process', async () => {
  const child = run(`
    process.stdin.resume()
    await new Promise((resolve) => process.stdin.once('end', resolve))
    const messages = []
    for (const _try of [1, 2]) await sink.write(sampleBatch(1), options).catch((error) => messages.push(error.code + ' ' + error.message))
    await sink.close()
    process.stderr.write(JSON.stringify(messages))`)
  child.stdout.destroy()
  await once(child.stdout, 'close')
  child.stdin.end()
  const [said, [exitCode]] = await Promise.all([text(child.stderr), once(child, 'exit')])
  const message = 'AUDIT_SINK_FAILED Cannot write to stdout: EPIPE. The reader of the standard output is gone.'
  expect(JSON.parse(said)).toEqual([message, message])
  expect(exitCode).toBe(0)
})
