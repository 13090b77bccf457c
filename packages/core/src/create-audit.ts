import type { Audit } from './audit/audit.ts'
import { createOperationsApi } from './audit/operations-api.ts'
import { Pipeline } from './audit/pipeline.ts'
import { createRecordingApi } from './audit/recording-api.ts'
import { createRuntime } from './audit/runtime.ts'
import { Recorder } from './capture/recorder.ts'
import type { AnyCatalog } from './event/catalog.ts'
import { resolveOptions, type AuditOptions } from './options/audit-options.ts'

/**
 * Creates the audit trail of a service. Synchronous: the journal opens in the background, and events wait in the queue meanwhile.
 * Throws one `AUDIT_INVALID_OPTIONS` that lists every problem.
 */
export function createAudit<const C extends AnyCatalog>(given: AuditOptions<C>): Audit<C> {
  const audit = {}
  const options = resolveOptions(given)
  const runtime = createRuntime(options, audit)
  const pipeline = new Pipeline(options, runtime)
  const recorder = new Recorder(options, runtime, pipeline)
  const recording = createRecordingApi<C>(runtime, recorder, pipeline.intake)
  const operations = createOperationsApi<C>(options, runtime, pipeline, recorder)
  pipeline.open()
  return Object.freeze(Object.assign(audit, recording, operations))
}
