import { expect, test } from 'vitest'
import { internalsOf } from '../adapter/internals.ts'
import { defineEvents } from '../event/catalog.ts'
import { noPayload } from '../event/schema.ts'
import { auditRecorder } from '../testing/recorder.ts'

const events = defineEvents({ session: { opened: noPayload, closed: noPayload } })
const outcomes = ({
  events: seen,
}: {
  readonly events: readonly { type: string; action: string; status: string; reason?: string }[]
}) => seen.map(({ action, status, reason }) => [action, status, reason].filter(Boolean).join(' '))

test('denied() inside an open event of its name settles that event instead of adding a contradicting one', async () => {
  const audit = auditRecorder({ events })
  const event = await audit.begin('session:opened', null, { attempted: 'if-closed', target: 'form' })
  await audit.run({ event }, async () => {
    await audit.denied('session:closed', { reason: 'other' })
    await audit.denied('session:opened', { reason: 'locked', target: 'ada' })
    await audit.denied('session:opened', { reason: 'again' })
  })
  await event.succeed()
  expect(outcomes(audit)).toEqual(['closed denied other', 'opened denied locked', 'opened denied again'])
  expect(audit.events[1]!.target).toEqual({ type: 'session', id: 'ada' })
})

test('deny() keeps the kind of the error that denied it', async () => {
  const audit = auditRecorder({ events })
  const event = await audit.begin('session:opened', null, { attempted: 'if-closed' })
  await event.deny('ThrottlerGuard', Object.assign(new RangeError('secret'), { status: 429 }))
  expect(audit.events[0]).toMatchObject({
    status: 'denied',
    reason: 'ThrottlerGuard',
    error: { kind: 'RangeError', status: 429 },
  })
})

test('close() settles open requests before it rejects new events, even if one of them throws', async () => {
  const audit = auditRecorder({ events })
  const { openRequests } = internalsOf(audit)
  const event = await audit.begin('session:opened', null, { attempted: 'if-closed' })
  openRequests.add(() => {
    throw new TypeError('x')
  })
  openRequests.add(() => void event.fail(undefined, 'abandoned'))
  const settled = audit.close()
  expect(outcomes(audit)).toEqual(['opened failure abandoned'])
  await settled
})

test('an adapter enters the context of another request whole, without the surrounding one', async () => {
  const audit = auditRecorder({ events })
  const { context, enter } = internalsOf(audit)
  const ada = audit.run({ actor: { authentication: 'jwt', id: 'ada' } }, context)
  await audit.run({ tenant: 'acme', actor: { authentication: 'jwt', id: 'bob' } }, () =>
    enter(ada, () => audit.record('session:closed', null)),
  )
  expect(audit.events[0]!.metadata).toEqual({ actor: { authentication: 'jwt', id: 'ada' } })
})
