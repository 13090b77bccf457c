import { execFile } from 'node:child_process'
import { mock } from 'node:test'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { memorySink } from '../sink/memory-sink.ts'
import { defineEvents } from '../event/catalog.ts'
import { noPayload } from '../event/schema.ts'
import { createAudit } from '../create-audit.ts'
import { fileJournal } from '../file-journal/file-journal.ts'
import { temporaryDirectory } from '../../test/temporary-directory.ts'
import { auditRecorder } from './recorder.ts'

// Case 12: tests of applications fake every timer, and the trail goes on.

const events = defineEvents({ flag: { created: noPayload } })
const NOW = Date.UTC(2027, 0, 1)

describe.each([
  [
    'vitest',
    () =>
      vi.useFakeTimers({
        now: NOW,
        toFake: ['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'performance', 'Date'],
      }),
    () => void vi.useRealTimers(),
  ],
  [
    'node:test',
    () => mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'setImmediate', 'Date'], now: NOW }),
    () => mock.timers.reset(),
  ],
])('with the timers of %s', (_, fake, restore) => {
  beforeEach(fake)
  afterEach(restore)

  test('auditRecorder() records, flushes and closes', async () => {
    const sink = memorySink()
    const audit = auditRecorder({ events, sinks: [sink] })
    await audit.ready()
    for (let count = 0; count < 3; count++) await audit.record('flag:created', null)
    await audit.flush()
    expect(sink.events.filter(({ type }) => type === 'flag')).toHaveLength(3)
    await audit.close()
    expect(audit.events.map(({ timestamp }) => timestamp)).toEqual(Array(3).fill('2027-01-01T00:00:00.000Z'))
  })

  test('a recorder that was made before the timers were faked records, flushes and closes', async () => {
    restore()
    const audit = auditRecorder({ events })
    await audit.ready()
    fake()
    for (let count = 0; count < 3; count++) await audit.record('flag:created', null)
    await audit.flush()
    await audit.close()
    expect(audit.events).toHaveLength(3)
  })

  test('an audit with a file journal records, flushes and closes', async () => {
    const sink = memorySink()
    const journal = fileJournal({ directory: temporaryDirectory() })
    const audit = createAudit({ service: 'test', events, journal, sinks: [sink] })
    await audit.ready()
    for (let count = 0; count < 3; count++) await audit.record('flag:created', null)
    await audit.flush()
    await audit.close()
    expect(sink.events.filter(({ type }) => type === 'flag')).toHaveLength(3)
  })
})

test('auditRecorder() needs no timer, even if timers are faked before the library is loaded', async () => {
  const url = (path: string) => JSON.stringify(new URL(path, import.meta.url).href)
  const program = `
    import { mock } from 'node:test'
    mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'setImmediate', 'Date'] })
    const { defineEvents, memorySink, noPayload } = await import(${url('../../dist/index.js')})
    const { auditRecorder } = await import(${url('../../dist/testing/index.js')})
    const audit = auditRecorder({ events: defineEvents({ flag: { created: noPayload } }), sinks: [memorySink()] })
    for (let count = 0; count < 3; count++) await audit.record('flag:created', null)
    await audit.flush()
    await audit.close()
    console.log(audit.events.length)`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program])
  expect(stdout).toBe('3\n')
})
