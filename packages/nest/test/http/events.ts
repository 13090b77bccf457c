import { defineEvents, noPayload } from '@audit/core'
import { z } from 'zod'
import { auditDecorators } from '../../src/index.ts'

const key = z.object({ key: z.string() })

export const events = defineEvents({
  flag: {
    created: key,
    updated: key,
    deleted: noPayload,
    read: noPayload,
    exported: noPayload,
    purged: { payload: key, failMode: 'closed' },
  },
  user: { created: key, deleted: noPayload },
})
export const { Audited, NotAudited } = auditDecorators<typeof events>()
