import assert from 'node:assert/strict'
import { inspect, isDeepStrictEqual } from 'node:util'
import type { Batch } from '../event/batch.ts'
import type { AuditEvent } from '../event/event.ts'
import type { Sink } from '../sink/sink.ts'
import { SinkError } from '../sink/sink-error.ts'
import { conformanceRules, settlesWithin, type ConformanceRule, type Exceptions } from './conformance.ts'
import { sampleBatch } from './sample-events.ts'

/** A sink and its destination, fresh for each rule. Leave out what a destination cannot do, and except the rule with a reason. */
export interface SinkSetup {
  readonly sink: Sink
  /** The JSON text of every event at the destination, in order, read from there. */
  stored(): Promise<readonly string[]>
  /** From now on the destination accepts nothing. */
  breakDown?(): Promise<void>
  repair?(): Promise<void>
  /** From now on the destination does not answer. */
  stall?(): Promise<void>
  /** From now on the destination refuses the event of this id for good. */
  refuse?(id: string): Promise<void>
  tearDown?(): Promise<void>
}

const unsafe = 'caf\u00e9 \u{1f600} \u2028\u2029\u0085\u0000\u001b[31m\u202e"\\\r\n'
const secretText = 'payload-text-that-no-error-may-quote'

const checks = {
  async 'stores one event'({ sink, stored }: SinkSetup) {
    await storesAll(sink, stored, sampleBatch(1))
  },
  async 'stores a batch of a hundred, in order'({ sink, stored }: SinkSetup) {
    await storesAll(sink, stored, sampleBatch(100))
  },
  async 'stores batch after batch, in order'({ sink, stored }: SinkSetup) {
    const [first, second] = [sampleBatch(3), sampleBatch(2)]
    await write(sink, first)
    await write(sink, second)
    assert.deepEqual(await stored(), [...first.lines, ...second.lines], 'the destination has other events')
  },
  async 'stores every character as it is'({ sink, stored }: SinkSetup) {
    await storesAll(
      sink,
      stored,
      sampleBatch(3, () => ({ payload: { key: unsafe, [unsafe]: '\ud800' } })),
    )
  },
  async 'stores large events whole'({ sink, stored }: SinkSetup) {
    await storesAll(
      sink,
      stored,
      sampleBatch(2, (index) => ({ payload: { key: String(index).repeat(60_000) } })),
    )
  },
  async 'stores an event that comes twice once'({ sink, stored }: SinkSetup) {
    const batch = sampleBatch(3)
    await write(sink, batch)
    await storesAll(sink, stored, batch)
  },
  async 'does not change the batch'({ sink }: SinkSetup) {
    const batch = sampleBatch(3)
    const before = structuredClone([batch.lines, batch.events]) as [readonly string[], readonly AuditEvent[]]
    await write(sink, batch)
    assert.ok(isDeepStrictEqual(before, [batch.lines, batch.events]), 'the batch was changed')
  },
  async 'rejects and stores nothing when its signal is aborted already'({ sink, stored }: SinkSetup) {
    await rejects(sink, sampleBatch(1), AbortSignal.abort())
    assert.deepEqual(await stored(), [], 'something was stored')
  },
  async 'rejects while the destination is down'({ sink, breakDown }: SinkSetup) {
    await able(breakDown)()
    const error = await rejects(sink, sampleBatch(2))
    assert.ok(!SinkError.isInstance(error) || error.retryable, 'the error is not retryable')
  },
  async 'stores again when the destination is back'({ sink, stored, breakDown, repair }: SinkSetup) {
    await able(breakDown)()
    const batch = sampleBatch(2)
    await rejects(sink, batch)
    await able(repair)()
    await storesAll(sink, stored, batch)
  },
  async 'stops when its signal aborts'({ sink, stall }: SinkSetup) {
    await able(stall)()
    const abort = new AbortController()
    const written = sink.write(sampleBatch(1), { signal: abort.signal })
    written.catch(() => undefined)
    assert.ok(!(await settlesWithin(100, written)), 'the write was done before the destination answered')
    abort.abort()
    assert.ok(await settlesWithin(2_000, written), 'two seconds later the write was still under way')
    await assert.rejects(written, 'the write resolved although it was aborted')
  },
  async 'stores the other events of a refused batch and names the refused ones, or only reports a refusal'({
    sink,
    stored,
    refuse,
  }: SinkSetup) {
    const batch = sampleBatch(3)
    await able(refuse)(batch.events[1]!.id)
    const error = await rejects(sink, batch)
    assert.ok(SinkError.isInstance(error) && !error.retryable, 'the error is not a SinkError with retryable: false')
    if (error.refused === undefined) {
      const count = error.stored ?? 0
      assert.deepEqual(
        (await stored()).slice(0, count),
        batch.lines.slice(0, count),
        'the destination lacks events that the error reports as stored',
      )
      return
    }
    assert.deepEqual(error.refused, [1], 'the refused indexes are wrong')
    assert.deepEqual(await stored(), [batch.lines[0], batch.lines[2]], 'the others are not stored')
  },
  async 'rejects with errors that quote no event'({ sink, breakDown, refuse }: SinkSetup) {
    const batch = sampleBatch(1, () => ({ payload: { key: secretText } }))
    if (refuse) {
      await refuse(batch.events[0]!.id)
      quotesNothing(await rejects(sink, batch))
    }
    await able(breakDown)()
    quotesNothing(await rejects(sink, batch))
  },
  async 'rejects a write after close'({ sink, stored }: SinkSetup) {
    assert.ok(sink.close, 'there is no close()')
    await write(sink, sampleBatch(1))
    await sink.close()
    await rejects(sink, sampleBatch(1))
    assert.equal((await stored()).length, 1, 'the event was stored after close')
  },
  async 'opens, stores, and opens again'({ sink, stored }: SinkSetup) {
    const { signal } = new AbortController()
    await sink.open?.({ signal })
    await storesAll(sink, stored, sampleBatch(2))
    await sink.open?.({ signal })
  },
  async 'closes without ever having written'({ sink }: SinkSetup) {
    await sink.close?.()
  },
  async 'has a name of its own'({ sink }: SinkSetup) {
    assert.ok(
      typeof sink.name === 'string' && sink.name.length > 0 && sink.name.length <= 1_024,
      'the name is not a text of 1 to 1,024 characters',
    )
  },
} satisfies Record<string, (setup: SinkSetup) => Promise<void>>

/**
 * Returns the promises of every sink as rules for a test runner. `setup` makes a fresh sink and destination for each. A rule that
 * a sink cannot keep is excepted with a reason, which is shown in its name.
 */
export function sinkConformance(setup: () => Promise<SinkSetup>, exceptions: Exceptions = {}): readonly ConformanceRule[] {
  return conformanceRules(checks, setup, async ({ tearDown }) => tearDown?.(), exceptions)
}

async function storesAll(sink: Sink, stored: SinkSetup['stored'], batch: Batch): Promise<void> {
  await write(sink, batch)
  assert.deepEqual(await stored(), batch.lines, 'the destination has other events when the write resolves')
}

async function write(sink: Sink, batch: Batch): Promise<void> {
  await sink.write(batch, { signal: new AbortController().signal })
}

async function rejects(sink: Sink, batch: Batch, signal: AbortSignal = new AbortController().signal): Promise<Error> {
  const error = await sink.write(batch, { signal }).then(
    () => assert.fail('the write resolved, as if the events were stored'),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof Error, 'the write rejects with a value that is not an Error')
  return error
}

/** Returns everything that a logger could print of it: message, stack, causes and attached members. */
function quotesNothing(error: Error): void {
  const printed = inspect(error, { depth: 6, showHidden: true, maxStringLength: null, maxArrayLength: null })
  assert.ok(!printed.includes(secretText), `the ${error.name} quotes the payload`)
}

function able<T>(ability: T | undefined): T {
  assert.ok(ability !== undefined, 'the setup lacks a function for this rule; add it, or except the rule with a reason')
  return ability
}
