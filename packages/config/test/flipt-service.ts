import { createAudit, defineEvents } from '@audit/core'
import { z } from 'zod'
import { loadAuditConfig } from '../src/index.ts'

// A service that is configured as Flipt is, and records four operations of Flipt's.

const thing = z.object({ key: z.string() })
const events = defineEvents({ flag: { created: thing, updated: thing, deleted: thing }, variant: { created: thing } })
const audit = createAudit({ events, ...(await loadAuditConfig({ service: 'flipt' })) })
await audit.run({ actor: { authentication: 'none', ip: '172.18.0.1' } }, async () => {
  for (const name of ['flag:created', 'flag:updated', 'flag:deleted', 'variant:created'] as const)
    await audit.record(name, { key: 'a' })
})
await audit.close()
