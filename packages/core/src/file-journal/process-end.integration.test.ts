import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { runProgram } from '../../test/child-process.ts'
import { about, segmentsOf } from '../../test/file-audit.ts'
import { temporaryDirectory } from '../../test/temporary-directory.ts'
import type { AuditEvent } from '../event/event.ts'

// Every recorded event is in the log after any end of a process, also if the process did not wait for it.

/** The keys of the events in the one log of a directory, in order, each sequence once: the later generation counts. */
function logged(directory: string): readonly string[] {
  const source = readdirSync(directory).find((name) => name.startsWith('svc-'))
  const events = new Map<number, AuditEvent>()
  const segments = [...segmentsOf(join(directory, source!))].toSorted(([one], [other]) => attempt(one) - attempt(other))
  for (const [name, content] of segments) {
    for (const sequence of events.keys()) if (sequence >= Number(name.slice(0, 20))) events.delete(sequence)
    for (const line of content.split('\n').slice(0, -1)) {
      const event = JSON.parse(line) as AuditEvent
      events.set(event.sequence!, event)
    }
  }
  const inOrder = [...events].toSorted(([one], [other]) => one - other)
  expect(inOrder.map(([sequence]) => sequence)).toEqual(inOrder.map((_, index) => index))
  return inOrder.map(([, event]) => about(event)).filter((key) => !key.startsWith('audit:'))
}

const attempt = (name: string) => Number(/-(\d+)\.ndjson$/.exec(name)![1])
const numbers = (count: number) => Array.from({ length: count }, (_, index) => String(index))

describe('after any end of a process', () => {
  test.each([
    ['process.exit in the same moment', `process.exit(7)`, 7],
    ['process.exit while the disk works', `await new Promise((resolve) => setImmediate(resolve)); process.exit(7)`, 7],
    [
      'process.exit while the thread pool is busy',
      `for (let i = 0; i < 8; i++) pbkdf2('', '', 3e5, 64, 'sha512', () => {}); process.exit(7)`,
      7,
    ],
    ['an uncaught error', `throw new Error('no')`, 1],
    ['an unhandled rejection', `void Promise.reject(new Error('no'))`, 1],
  ])('every recorded event is in the log after %s', (_, end, code) => {
    const directory = temporaryDirectory()
    const { status, signal } = runProgram(
      directory,
      `const { pbkdf2 } = await import('node:crypto')
       const audit = open([stuck])
       await Promise.all(record(audit, 0, 20))
       void record(audit, 20, 30)
       ${end}`,
    )
    expect([status, signal]).toEqual([code, null])
    expect(logged(directory)).toEqual(numbers(50))
  })

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'])(
    'every recorded event is in the log after a %s without a listener, which still ends the process',
    (name) => {
      const directory = temporaryDirectory()
      const { status, signal } = runProgram(
        directory,
        `const audit = open([stuck])
       setInterval(() => {}, 1000)
       await Promise.all(record(audit, 0, 20))
       void record(audit, 20, 30)
       process.kill(process.pid, '${name}')`,
      )
      expect([status, signal]).toEqual([null, name])
      expect(logged(directory)).toEqual(numbers(50))
    },
  )

  test('every recorded event is in the log after the normal end of a script', () => {
    const directory = temporaryDirectory()
    const { status, stderr } = runProgram(directory, `void record(open([memorySink()]), 0, 30)`)
    expect([status, logged(directory)]).toEqual([0, numbers(30)])
    expect(stderr).toBe('')
  })
})

test('after a SIGTERM with a listener of the application, recording continues until the application closes the audit', () => {
  const directory = temporaryDirectory()
  const { status, signal, stdout } = runProgram(
    directory,
    `const audit = open([{ name: 'out', write: async ({ events }) => console.log(events.length) }])
     const alive = setInterval(() => {}, 1000)
     process.on('SIGTERM', async () => {
       await new Promise((resolve) => setTimeout(resolve, 50))
       console.log((await audit.record('flag:created', { key: '20' })).held)
       await audit.close()
       clearInterval(alive)
     })
     await Promise.all(record(audit, 0, 20))
     await audit.flush()
     process.kill(process.pid, 'SIGTERM')`,
  )
  expect([status, signal]).toEqual([0, null])
  expect(stdout).toBe('20\njournal\n1\n')
  expect(logged(directory)).toEqual(numbers(21))
})

test('the number of events that the disk does not accept at the end is reported on stderr', () => {
  const directory = temporaryDirectory()
  const { status, stderr } = runProgram(
    directory,
    `const { rmSync } = await import('node:fs')
     const audit = open()
     await audit.ready()
     rmSync(${JSON.stringify(directory)}, { recursive: true })
     void record(audit, 0, 30)
     process.exit(3)`,
  )
  expect(status).toBe(3)
  expect(stderr).toMatch(/The process ends without close\(\)\. 3\d events are lost, and no log records the loss\./)
})
