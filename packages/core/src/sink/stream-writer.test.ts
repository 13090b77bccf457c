import { PassThrough, Writable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { streamWriter } from './stream-writer.ts'

const never = () => new AbortController().signal

/** A stream whose far end answers on request. */
function heldStream() {
  const answers: ((error?: Error | null) => void)[] = []
  const stream = new Writable({ write: (_chunk, _encoding, answer) => void answers.push(answer) })
  return { stream, answer: (error?: Error) => answers.shift()!(error) }
}

test('a write resolves only when the stream has accepted the text', async () => {
  const { stream, answer } = heldStream()
  let isDone = false
  const written = streamWriter(stream)
    .write('a\n', never())
    .then(() => (isDone = true))
  await setImmediate()
  expect(isDone).toBe(false)
  answer()
  await written
})

test('a write rejects with the error of the stream, and so does every later one', async () => {
  const { stream, answer } = heldStream()
  const writer = streamWriter(stream)
  const written = writer.write('a\n', never())
  answer(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
  await expect(written).rejects.toMatchObject({ code: 'EPIPE' })
  await expect(writer.write('b\n', never())).rejects.toMatchObject({ code: 'EPIPE' })
})

test('a write to a stream that was ended or destroyed rejects', async () => {
  const [ended, destroyed] = [new PassThrough(), new PassThrough()]
  const writers = [streamWriter(ended), streamWriter(destroyed)] as const
  ended.end()
  destroyed.destroy()
  for (const writer of writers) await expect(writer.write('a\n', never())).rejects.toThrow('The stream is closed.')
})

test('a write stops waiting when its signal aborts, with the reason', async () => {
  const { stream } = heldStream()
  const abort = new AbortController()
  const written = streamWriter(stream).write('a\n', abort.signal)
  abort.abort(new Error('too late'))
  await expect(written).rejects.toThrow('too late')
})

test('a released stream has no listener of ours', async () => {
  const stream = new PassThrough()
  const writer = streamWriter(stream)
  await writer.write('a\n', never())
  expect(stream.listenerCount('error')).toBe(1)
  writer.release()
  expect(stream.listenerCount('error')).toBe(0)
})

// Node reports an 'error' event without a listener as an uncaught exception, which would fail this file.
test('an error after the release of the stream does not end the process', async () => {
  const failedFirst = heldStream()
  const writer = streamWriter(failedFirst.stream)
  const written = writer.write('a\n', never()).catch(() => writer.release())
  failedFirst.answer(new Error('write EPIPE'))
  await written
  await setImmediate()
  expect(failedFirst.stream.errored).toMatchObject({ message: 'write EPIPE' })

  const failsLater = heldStream()
  const abort = new AbortController()
  const other = streamWriter(failsLater.stream)
  const aborted = other.write('a\n', abort.signal)
  abort.abort()
  await expect(aborted).rejects.toThrow(/aborted/)
  other.release()
  failsLater.answer(new Error('write EPIPE'))
  await setImmediate()
  expect(failsLater.stream.errored).toMatchObject({ message: 'write EPIPE' })
})
