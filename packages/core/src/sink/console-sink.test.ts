import { Writable } from 'node:stream'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { sampleBatch } from '../testing/sample-events.ts'
import { consoleSink } from './console-sink.ts'

afterEach(() => vi.unstubAllEnvs())

const never = () => new AbortController().signal
const escape = '\u001b'

function keptStream(members: { readonly isTTY?: boolean } = {}) {
  const kept = { text: '' }
  const stream = new Writable({
    write(chunk: Buffer, _encoding, callback) {
      kept.text += chunk.toString()
      callback()
    },
  })
  return { kept, stream: Object.assign(stream, members) }
}

describe('output', () => {
  test('output is the JSON line of each event if a machine reads it', async () => {
    const { kept, stream } = keptStream()
    const batch = sampleBatch(3)
    await consoleSink({ stream }).write(batch, { signal: never() })
    expect(kept.text).toBe(batch.lines.map((line) => `${line}\n`).join(''))
  })

  test('output is readable and coloured on a terminal', async () => {
    vi.stubEnv('NO_COLOR', undefined)
    const { kept, stream } = keptStream({ isTTY: true })
    await consoleSink({ stream }).write(sampleBatch(2), { signal: never() })
    expect(kept.text).toContain(`${escape}[1mflag:created${escape}[22m`)
    expect(kept.text.split('\n')).toHaveLength(3)
  })

  test.each([
    ['1', false],
    ['', true],
  ])('output on a terminal with NO_COLOR=%j is coloured: %s', async (value, isColoured) => {
    vi.stubEnv('NO_COLOR', value)
    const { kept, stream } = keptStream({ isTTY: true })
    await consoleSink({ stream }).write(sampleBatch(1), { signal: never() })
    expect(kept.text.includes(escape)).toBe(isColoured)
    expect(kept.text).toMatch(/success\s+.*flag:created/)
  })

  test('output follows the options, whatever the stream is', async () => {
    const [terminal, pipe] = [keptStream({ isTTY: true }), keptStream()]
    const batch = sampleBatch(1)
    await consoleSink({ stream: terminal.stream, format: 'json' }).write(batch, { signal: never() })
    await consoleSink({ stream: pipe.stream, format: 'readable', colour: true }).write(batch, { signal: never() })
    expect(terminal.kept.text).toBe(`${batch.lines[0]}\n`)
    expect(pipe.kept.text).toContain(escape)
  })
})

test('a closed stream rejects the batch with a retryable error', async () => {
  const { stream } = keptStream()
  const sink = consoleSink({ stream })
  stream.destroy()
  await expect(sink.write(sampleBatch(1), { signal: never() })).rejects.toMatchObject({
    code: 'AUDIT_SINK_FAILED',
    retryable: true,
  })
})

test('an aborted write rejects with the reason of its signal, not with an error of the stream', async () => {
  const stalled = new Writable({ write: () => undefined })
  const abort = new AbortController()
  const written = consoleSink({ stream: stalled }).write(sampleBatch(1), { signal: abort.signal })
  abort.abort(new Error('the try took too long'))
  await expect(written).rejects.toThrow('the try took too long')
})

test('closing the console sink leaves the stream open', async () => {
  const { kept, stream } = keptStream()
  const sink = consoleSink({ stream })
  await sink.close!()
  stream.write('still here')
  expect(kept.text).toBe('still here')
})

test('the console sink is named console by default', () => {
  const { stream } = keptStream()
  expect([consoleSink({ stream }).name, consoleSink({ stream, name: 'trail' }).name]).toEqual(['console', 'trail'])
})
