const { expect, test } = require('@jest/globals')
const { defineEvents, noPayload } = require('@audit/core')
const { auditRecorder } = require('@audit/core/testing')

test('there are no globals, and the matchers are there', () => {
  expect(globalThis.test).toBeUndefined()
  const audit = auditRecorder({ events: defineEvents({ flag: { created: noPayload } }) })
  void audit.record('flag:created', null)
  expect(audit).toHaveAudited('flag:created')
  expect(() => expect(audit).not.toHaveAudited('flag:created')).toThrow(/1 match/)
})
