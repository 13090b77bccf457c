// ES modules and CommonJS in one process, and the entries of core: one class of each error.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import * as esm from '@audit/core'
import { AuditError as FromSink, SinkError } from '@audit/core/sink'

const require = createRequire(import.meta.url)
const commonjs = require('@audit/core')
assert.equal(esm.AuditError, commonjs.AuditError)
assert.equal(esm.AuditError, FromSink)
assert.equal(SinkError, require('@audit/core/sink').SinkError)
for (const { defineEvents } of [esm, commonjs]) {
  assert.throws(
    () => defineEvents({}),
    (error) => error instanceof esm.AuditError && esm.AuditError.isInstance(error),
  )
}
assert.equal(esm.AuditError.isInstance(new Error('another')), false)
assert.deepEqual(new Set(Object.keys(esm)), new Set(Object.keys(commonjs)))
