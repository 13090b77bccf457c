import { expect, test } from 'vitest'
import { createAudit, defineEvents, memoryJournal, noPayload } from '../index.ts'
import { memorySink } from '../sink/memory-sink.ts'

const options = { service: 'flags', events: defineEvents({ flag: { created: noPayload } }), journal: memoryJournal() }

test.each([undefined, null, 'flags', [], 7])('createAudit(%j) reports what every audit needs', (given) => {
  expect(() => createAudit(given as never)).toThrow(
    expect.objectContaining({
      code: 'AUDIT_INVALID_OPTIONS',
      problems: [
        'options: give an object',
        expect.stringMatching(/^service: give the service a name/),
        'events: give the catalog that defineEvents() returns',
      ],
    }),
  )
})

test.each([
  [{ sinks: memorySink() }, 'sinks: give a list, such as [fileSink({ path })]'],
  [{ sinks: { sink: memorySink() } }, 'sinks: give a list, such as [fileSink({ path })]'],
  [{ sinks: 'file' }, 'sinks: give a list, such as [fileSink({ path })]'],
  [{ sinks: null }, 'sinks: give a list, such as [fileSink({ path })]'],
  [{ anchors: 7 }, 'anchors: give a list, such as [fileAnchor({ path })]'],
  [{ enrich: () => undefined }, 'enrich: give a list of functions of the event'],
  [{ enrich: ['region'] }, 'enrich: give a list of functions of the event'],
  [{ convert: new Map() }, 'convert: give a list of pairs of a class and a function'],
  [{ convert: [Date] }, 'convert: give a list of pairs of a class and a function'],
  [{ convert: [[Date]] }, 'convert: give a list of pairs of a class and a function'],
  [{ journal: null }, 'journal: give a journal: fileJournal(), or memoryJournal() for tests'],
  [{ service: 7 }, "service: give the service a name of lower-case letters, digits, '.', '_' and '-'"],
  [{ logger: {} }, 'logger: give an object with warn() and error()'],
  [{ logger: 7 }, 'logger: give an object with warn() and error()'],
  [{ clock: 7 }, 'clock: give a clock: systemClock, or manualClock() in tests'],
  [{ queue: 7 }, 'queue: give an object'],
  [{ redaction: 'keys' }, 'redaction: give an object'],
])('%o is one problem of the options', (wrong, problem) => {
  expect(() => createAudit({ ...options, ...wrong } as never)).toThrow(
    expect.objectContaining({ code: 'AUDIT_INVALID_OPTIONS', problems: [problem] }),
  )
})

test('all problems are in one error', () => {
  const wrong = { ...options, service: 'Flags API', sinks: memorySink(), enrich: 7, convert: 7 } as never
  expect(() => createAudit(wrong)).toThrow(
    expect.objectContaining({
      problems: ['service', 'enrich', 'convert', 'sinks'].map((name) => expect.stringMatching(`^${name}: `)),
    }),
  )
})
