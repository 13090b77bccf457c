import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { z } from 'zod'
import { createAudit } from '../create-audit.ts'
import { AuditError } from '../errors.ts'
import { defineEvents } from '../event/catalog.ts'
import { memoryJournal } from '../journal/memory-journal.ts'
import type { AuditOptions } from '../options/audit-options.ts'
import { memorySink } from '../sink/memory-sink.ts'
import { SinkError } from '../sink/sink-error.ts'
import type { Sink } from '../sink/sink.ts'
import { manualClock } from '../testing/manual-clock.ts'

const events = defineEvents({ flag: { created: z.object({ key: z.string() }) } })
const make = (options: Partial<AuditOptions<typeof events>> = {}) => {
  const clock = manualClock()
  const logger = { warn: vi.fn(), error: vi.fn() }
  const sink = memorySink()
  return {
    clock,
    logger,
    sink,
    audit: createAudit({ service: 'test', events, clock, logger, journal: memoryJournal(), sinks: [sink], ...options }),
  }
}

describe('options', () => {
  test('one error lists every problem of the options', () => {
    const sink = memorySink()
    const wrong = {
      service: 'Flags',
      events: {},
      sinks: [{ sink, events: [] }, sink, { sink: {} }, { sink: memorySink({ name: 'b' }), batch: { maxEvent: 1 } }],
      failMode: 'maybe',
      maxWaitMs: 0,
      quue: {},
      limits: { maxDepth: 1.5 },
      journal: {},
    }
    expect(() => createAudit(wrong as never)).toThrow(expect.objectContaining({ code: 'AUDIT_INVALID_OPTIONS' }))
    const message = (() => {
      try {
        createAudit(wrong as never)
      } catch (error) {
        return (error as Error).message
      }
      return ''
    })()
    for (const part of [
      'service: ',
      'events: give the catalog',
      "quue: there is no such option; did you mean 'queue'?",
      "failMode: give 'open' or 'closed'",
      'maxWaitMs: give a whole number',
      'limits.maxDepth',
      'the list is empty',
      "two are named 'memory'",
      'sinks[2]: give a sink',
      "sinks[3].batch.maxEvent: there is no such option; did you mean 'maxEvents'?",
      'journal: ',
    ])
      expect(message).toContain(part)
  })
})

describe('opening', () => {
  test('events wait for the journal to open, and audit:opened is the first', async () => {
    const { audit, sink, clock } = make()
    void audit.record('flag:created', { key: 'a' })
    await audit.ready()
    await clock.advance(2_000)
    expect(sink.events.map(({ type, action }) => `${type}:${action}`)).toEqual(['audit:opened', 'flag:created'])
  })

  test('an opening that fails rejects ready() with the reason, is tried again, and loses nothing', async () => {
    const inner = memoryJournal()
    let isBroken = true
    const journal = {
      open: async (options: never) => {
        if (isBroken) throw new AuditError('AUDIT_JOURNAL_UNAVAILABLE', 'The disk is read-only. Set AUDIT_DIRECTORY.')
        return inner.open(options)
      },
      append: inner.append.bind(inner),
      cursor: inner.cursor.bind(inner),
      status: inner.status.bind(inner),
      close: inner.close.bind(inner),
    }
    const { audit, clock, logger, sink } = make({ journal })
    const receipt = audit.record('flag:created', { key: 'a' })
    await expect(audit.ready()).rejects.toThrow(/read-only\. Set AUDIT_DIRECTORY/)
    await clock.advance(3_000)
    expect(await receipt).toMatchObject({ held: 'memory' })
    expect(audit.health()).toMatchObject({ status: 'degraded', problems: ['The journal is not open yet.'] })
    expect(logger.error).toHaveBeenCalledWith(expect.stringContaining('could not be opened: The disk is read-only'))
    isBroken = false
    await clock.advance(3_000)
    await audit.ready()
    expect(sink.events).toHaveLength(2)
  })

  test('createAudit() does not warn about a memory journal, which is always chosen on purpose', async () => {
    const { audit, logger } = make()
    await audit.ready()
    expect(audit.health().journal.durability).toBe('process')
    expect(logger.warn).not.toHaveBeenCalled()
  })

  test('a sink that cannot open its destination is an error of ready() and of health(), until it can', async () => {
    let isBroken = true
    const open = vi.fn(async () => {
      if (isBroken) throw new SinkError('Cannot write to /x: EACCES.')
    })
    const sink = memorySink({ name: 'file:/x' })
    const { audit, logger } = make({ sinks: [{ ...sink, open }] })
    const reason = "Sink 'file:/x' cannot be opened: Cannot write to /x: EACCES. Events wait in the journal."
    await expect(audit.ready()).rejects.toMatchObject({ code: 'AUDIT_SINK_FAILED', message: reason })
    expect(audit.health()).toMatchObject({
      status: 'degraded',
      problems: [
        expect.stringMatching(
          /^Sink 'file:\/x' is idle since .*: it cannot be opened: Cannot write to \/x: EACCES\. 1 events wait\.$/,
        ),
      ],
      sinks: { 'file:/x': { lastError: 'it cannot be opened: Cannot write to /x: EACCES' } },
    })
    expect(logger.error).toHaveBeenCalledWith(expect.stringContaining("Sink 'file:/x' cannot be opened"))
    expect((await audit.record('flag:created', { key: 'a' })).held).toBe('journal')
    isBroken = false
    await audit.ready()
    expect(audit.health()).toMatchObject({ status: 'ok', problems: [] })
    const { length } = open.mock.calls
    await audit.ready()
    expect(open).toHaveBeenCalledTimes(length)
    await audit.flush()
    expect(sink.events).toHaveLength(2)
  })

  test('a failed opening of a sink does not matter once the sink has stored something', async () => {
    const open = vi.fn(() => Promise.reject(new SinkError('Cannot write to /x.')))
    const { audit } = make({ sinks: [{ ...memorySink(), open }] })
    await expect(audit.ready()).rejects.toThrow('Cannot write to /x')
    await audit.flush()
    const { length } = open.mock.calls
    await audit.ready()
    expect(audit.health()).toMatchObject({ status: 'ok' })
    expect(open).toHaveBeenCalledTimes(length)
  })

  test.each<[string, NonNullable<Sink['open']>]>([
    ['never answers', () => new Promise(() => undefined)],
    [
      'throws before it returns a promise',
      () => {
        throw new SinkError('It did not open within the code.')
      },
    ],
  ])('an opening of a sink that %s keeps neither ready() nor delivery waiting', async (_, open) => {
    const sink = memorySink()
    const { audit, clock } = make({ sinks: [{ ...sink, open }, memorySink({ name: 'other' })] })
    const ready = audit.ready()
    ready.catch(() => undefined)
    await clock.advance(15_000)
    await expect(ready).rejects.toThrow(/Sink 'memory' cannot be opened: It did not open within/)
    await clock.advance(2_000)
    expect(sink.events).toHaveLength(1)
    await audit.close()
  })

  test('ready() that is not awaited cannot end the process', async () => {
    const { audit } = make({ sinks: [{ ...memorySink(), open: () => Promise.reject(new Error('no')) }] })
    const unhandled = vi.fn()
    process.on('unhandledRejection', unhandled)
    onTestFinished(() => void process.off('unhandledRejection', unhandled))
    void audit.ready()
    await audit.close()
    await new Promise((resolve) => setImmediate(resolve))
    expect(unhandled).not.toHaveBeenCalled()
  })
})

describe('flush', () => {
  test('flush() does not wait for the age of a batch, and delivers everything', async () => {
    const { audit, sink } = make()
    for (let index = 0; index < 250; index++) void audit.record('flag:created', { key: `${index}` })
    await Promise.all([audit.flush(), audit.flush()])
    expect(sink.events).toHaveLength(251)
  })

  test('flush() rejects at its deadline, naming the sinks that lag', async () => {
    const stuck: Sink = { name: 'stuck', write: () => new Promise(() => undefined) }
    const { audit, clock, sink } = make({ sinks: [stuck, memorySink()] })
    void audit.record('flag:created', { key: 'a' })
    await audit.ready()
    const flushed = audit.flush({ timeoutMs: 3_000 })
    flushed.catch(() => undefined)
    await clock.advance(3_000)
    await expect(flushed).rejects.toMatchObject({
      code: 'AUDIT_TIMEOUT',
      message: expect.stringMatching(/'stuck' \(writing, 2 pending\)/),
    })
    expect(sink.events).toEqual([])
  })

  test('synced() waits only for the journal', async () => {
    const { audit } = make({ sinks: [{ name: 'stuck', write: () => new Promise(() => undefined) }] })
    void audit.record('flag:created', { key: 'a' })
    await audit.synced()
    expect(audit.stats()).toMatchObject({ recorded: 1, waiting: 0 })
  })
})

describe('close', () => {
  test('close() delivers waiting events, then closes each sink once', async () => {
    const close = vi.fn(async () => undefined)
    const inner = memorySink()
    const { audit } = make({ sinks: [{ name: 'counted', write: (batch, options) => inner.write(batch, options), close }] })
    for (let index = 0; index < 250; index++) void audit.record('flag:created', { key: `${index}` })
    const closing = audit.close()
    expect(audit.close()).toBe(closing)
    await closing
    expect(inner.events).toHaveLength(252)
    expect(inner.events.at(-1)).toMatchObject({ type: 'audit', action: 'closed' })
    expect(close).toHaveBeenCalledTimes(1)
    expect(audit.health().journal.state).toBe('closed')
  })

  test('close() does not wait for a sink that hangs, nor longer than its timeout', async () => {
    const hanging: Sink = {
      name: 'hanging',
      write: () => new Promise(() => undefined),
      close: () => new Promise(() => undefined),
    }
    const { audit, clock, sink } = make({ sinks: [hanging, memorySink()] })
    void audit.record('flag:created', { key: 'a' })
    await audit.ready()
    let isClosed = false
    void audit.close({ timeoutMs: 1_000 }).then(() => (isClosed = true))
    await clock.advance(2_000)
    expect(isClosed).toBe(true)
    expect(sink.events).toEqual([])
  })

  test('close() closes a sink that hangs only after the grace of its write', async () => {
    const close = vi.fn(async () => undefined)
    const { audit, clock } = make({ sinks: [{ name: 'hanging', write: () => new Promise(() => undefined), close }] })
    await audit.ready()
    void audit.close({ timeoutMs: 1_000 })
    await clock.advance(2_500)
    expect(close).not.toHaveBeenCalled()
    await clock.advance(1_000)
    expect(close).toHaveBeenCalledTimes(1)
  })

  test('close() ends an `await using` block', async () => {
    const sink = memorySink()
    {
      await using audit = createAudit({
        service: 'test',
        events,
        journal: memoryJournal(),
        sinks: [sink],
        logger: { warn: () => undefined, error: () => undefined },
      })
      void audit.record('flag:created', { key: 'a' })
    }
    expect(sink.events.map(({ action }) => action)).toEqual(['opened', 'created', 'closed'])
  })

  test('close() before the journal has opened loses the waiting events, and reports it', async () => {
    const inner = memoryJournal()
    const journal = {
      ...inner,
      open: () => Promise.reject(new Error('no')),
      append: () => Promise.reject(new Error('no')),
      cursor: inner.cursor.bind(inner),
      status: inner.status.bind(inner),
      close: async () => undefined,
    }
    const { audit, clock, logger } = make({ journal })
    const receipt = audit.record('flag:created', { key: 'a' })
    const closing = audit.close()
    await clock.advance(6_000)
    await closing
    expect(await receipt).toMatchObject({ held: 'lost' })
    expect(audit.stats()).toMatchObject({ submitted: 1, lost: 1, waiting: 0 })
    expect(logger.error).toHaveBeenCalledWith(expect.stringMatching(/3 events are lost, and no log records the loss/))
  })
})
