// The ESM and the CommonJS copy of core in one process: two classes, one kind of error.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import * as esm from '@audit/core'
import { AuditError as FromSink } from '@audit/core/sink'

const commonjs = createRequire(import.meta.url)('@audit/core')
assert.notEqual(esm.AuditError, commonjs.AuditError)
for (const [thrower, other] of [
  [esm, commonjs],
  [commonjs, esm],
]) {
  assert.throws(
    () => thrower.defineEvents({}),
    (error) => {
      assert.equal(error instanceof other.AuditError, false)
      assert.ok(other.AuditError.isInstance(error))
      assert.ok(FromSink.isInstance(error))
      return true
    },
  )
}
assert.equal(esm.AuditError.isInstance(new Error('another')), false)
assert.deepEqual(new Set(Object.keys(esm)), new Set(Object.keys(commonjs)))
