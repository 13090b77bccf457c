const core = require('@audit/core')
const { auditRecorder } = require('@audit/core/testing')

// Case 12. The last audit is left open, and Jest must not find a handle.

const events = core.defineEvents({ flag: { created: core.noPayload } })

afterEach(() => jest.useRealTimers())

test.each([
  ['modern', () => jest.useFakeTimers()],
  ['legacy', () => jest.useFakeTimers({ legacyFakeTimers: true })],
])('a recorder under the %s fake timers records, flushes and closes', async (_, fake) => {
  fake()
  const audit = auditRecorder({ events, sinks: [core.memorySink()] })
  for (let count = 0; count < 3; count++) await audit.record('flag:created', null)
  await audit.flush()
  await audit.close()
  expect(audit).toHaveAudited('flag:created', undefined, { times: 3 })
})

test('a recorder that is left open', async () => {
  const audit = auditRecorder({ events, sinks: [core.memorySink()] })
  await audit.record('flag:created', null)
  expect(audit).toHaveAudited('flag:created')
})
