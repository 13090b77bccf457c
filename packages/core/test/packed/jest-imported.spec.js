const { expect, test } = require('@jest/globals')
const { defineEvents, noPayload } = require('@audit/core')
const { auditRecorder } = require('@audit/core/testing')

test('without globals the matchers work', () => {
  expect(globalThis.test).toBeUndefined()
  const audit = auditRecorder({ events: defineEvents({ flag: { created: noPayload } }) })
  void audit.record('flag:created', null)
  expect(audit).toHaveAudited('flag:created')
  expect(() => expect(audit).not.toHaveAudited('flag:created')).toThrow(/1 match/)
})
