const { defineEvents, noPayload } = require('@audit/core')
const { auditRecorder } = require('@audit/core/testing')

test('Jest has the matchers', () => {
  const audit = auditRecorder({ events: defineEvents({ flag: { created: noPayload } }) })
  void audit.record('flag:created', null)
  expect(audit).toHaveAudited('flag:created')
  expect(() => expect(audit).not.toHaveAudited('flag:created')).toThrow(/1 match/)
})
