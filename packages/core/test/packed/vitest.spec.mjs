import { defineEvents, noPayload } from '@audit/core'
import { auditRecorder } from '@audit/core/testing'
import '@audit/core/testing/vitest'
import { expect, test } from 'vitest'

test('vitest has the matchers', () => {
  const audit = auditRecorder({ events: defineEvents({ flag: { created: noPayload } }) })
  void audit.record('flag:created', null)
  expect(audit).toHaveAudited('flag:created')
  expect(() => expect(audit).not.toHaveAudited('flag:created')).toThrow(/1 match/)
})
