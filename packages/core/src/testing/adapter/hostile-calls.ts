import { kindOf } from '../../adapter/guarded.ts'
import type { Audit } from '../../audit/audit.ts'
import type { OpenEvent } from '../../capture/open-event.ts'
import { AuditError } from '../../errors.ts'

/** An audit, as JavaScript sees it: the compiler would refuse most of these calls. */
type Untyped = Record<keyof Audit, (...args: any[]) => any>
type Call = (audit: Untyped, name: string, value: any) => unknown

const RECORD = ['actor', 'tenant', 'correlationId', 'before', 'status', 'reason', 'error', 'target']
const DENIED = ['actor', 'tenant', 'correlationId', 'payload', 'reason', 'error', 'target', 'limited']
const BEGIN = ['actor', 'tenant', 'correlationId', 'before', 'reason', 'target', 'attempted', 'failMode']
const ANNOTATE = ['before', 'payload', 'target', 'actor', 'reason', 'response']
const RUN = ['actor', 'request', 'trace', 'tenant', 'correlationId', 'event', 'restored']

/** These may reject, with an error of the audit: the documented errors of options. */
const mayReject: Readonly<Record<string, Call>> = {
  'record() of a name': (audit, _, value) => audit.record(value, null),
  'record() of a payload': (audit, name, value) => audit.record(name, value),
  'record() with options': (audit, name, value) => audit.record(name, null, value),
  'record() with an option': (audit, name, value) => each(RECORD, value, (one) => audit.record(name, null, one)),
  'denied() of a name': (audit, _, value) => audit.denied(value),
  'denied() with options': (audit, name, value) => audit.denied(name, value),
  'denied() with an option': (audit, name, value) => each(DENIED, value, (one) => audit.denied(name, one)),
  'begin() of a name': (audit, _, value) => audit.begin(value),
  'begin() of a payload': (audit, name, value) => audit.begin(name, value),
  'begin() with options': (audit, name, value) => audit.begin(name, null, value),
  'begin() with an option': (audit, name, value) => each(BEGIN, value, (one) => audit.begin(name, null, one)),
  'attempt() of a name': (audit, _, value) => audit.attempt(value, null, () => undefined),
  'attempt() of a payload': (audit, name, value) => audit.attempt(name, value, () => undefined),
  'attempt() with options': (audit, name, value) => audit.attempt(name, null, () => undefined, value),
  'synced() with options': (audit, _, value) => audit.synced(value),
  'flush() with options': (audit, _, value) => audit.flush(value),
}

/** These never reject. */
const neverReject: Readonly<Record<string, Call>> = {
  'annotate()': (audit, _, value) => audit.annotate(value),
  'annotate() of a member': (audit, _, value) => each(ANNOTATE, value, (one) => audit.annotate(one)),
  'annotate() of a getter': (audit, _, value) => each(ANNOTATE, value, (one) => audit.annotate(withGetter(one))),
  'run()': (audit, name, value) => audit.run(value, () => inContext(audit, name)),
  'run() with a member': (audit, name, value) => each(RUN, value, (one) => audit.run(one, () => inContext(audit, name))),
  'run() with a getter': (audit, name, value) =>
    each(RUN, value, (one) => audit.run(withGetter(one), () => inContext(audit, name))),
  'restore()': (audit, name, value) => audit.restore(value, () => inContext(audit, name)),
  'succeed()': (audit, name, value) => inEvent(audit, name, value, (event) => event.succeed(value)),
  'fail()': (audit, name, value) => inEvent(audit, name, value, (event) => event.fail(value, value)),
  'deny()': (audit, name, value) => inEvent(audit, name, value, (event) => event.deny(value, value)),
}

/** Calls once per member, with an object that has only this member. */
async function each(members: readonly string[], value: unknown, call: (one: any) => unknown): Promise<void> {
  const results = members.map((member) => call({ [member]: value }))
  const rejected = (await Promise.allSettled(results)).filter((result) => result.status === 'rejected')
  const worst = rejected.find(({ reason }) => !AuditError.isInstance(reason)) ?? rejected[0]
  if (worst) throw worst.reason
}

/** The same members behind getters that throw. */
function withGetter(members: object): any {
  const getters = Object.keys(members).map((name) => [name, { get: () => JSON.parse('secret') as never, enumerable: true }])
  return Object.defineProperties({}, Object.fromEntries(getters) as PropertyDescriptorMap)
}

function inContext(audit: Untyped, name: string): Promise<unknown> {
  audit.snapshot()
  audit.annotate({ reason: 'seen' })
  return audit.record(name, null)
}

async function inEvent(audit: Untyped, name: string, value: any, settle: (event: OpenEvent) => unknown): Promise<void> {
  const event: OpenEvent = await audit.begin(name)
  event.annotate(value)
  for (const member of ANNOTATE) event.annotate({ [member]: value })
  await settle(event)
}

/**
 * Hands a value to every method of an audit that takes one, in each of its places. Returns the faults: the calls that threw into
 * their caller, or whose promise rejected with anything but a documented error of the audit.
 */
export async function callWithHostile(given: Audit<any>, name: string, make: () => unknown): Promise<readonly string[]> {
  const audit = given as unknown as Untyped
  const faults: string[] = []
  for (const [place, call] of [...Object.entries(mayReject), ...Object.entries(neverReject)]) {
    let result: unknown
    try {
      result = call(audit, name, make())
    } catch (error) {
      faults.push(`${place} throws ${kindOf(error)}`)
      continue
    }
    try {
      await result
    } catch (error) {
      const isDocumented = place in mayReject && AuditError.isInstance(error)
      if (!isDocumented) faults.push(`${place} rejects with ${kindOf(error)}`)
    }
  }
  return faults
}
