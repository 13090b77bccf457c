import { createAudit, defineEvents, noPayload, type Audit } from '@audit/core'
import { expectTypeOf } from 'vitest'
import { loadAuditConfig, type AuditConfig } from './index.ts'

const events = defineEvents({ flag: { created: noPayload } })
const config = await loadAuditConfig({ service: 'flags-api' })
expectTypeOf(config).toEqualTypeOf<AuditConfig>()

// It has all options of createAudit apart from the events. Options after it take precedence.
expectTypeOf(createAudit({ events, ...config })).toEqualTypeOf<Audit<typeof events>>()
expectTypeOf(createAudit({ events, ...config, service: 'other', failMode: 'closed' })).toEqualTypeOf<Audit<typeof events>>()

// @ts-expect-error events are code
createAudit({ ...config })
// @ts-expect-error there is no such option
await loadAuditConfig({ files: 'audit.yaml' })
