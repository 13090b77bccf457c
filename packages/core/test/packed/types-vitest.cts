import { defineEvents } from '@audit/core'
import { auditRecorder } from '@audit/core/testing'
import '@audit/core/testing/vitest'
import { expect } from 'vitest'
import { z } from 'zod'

const audit = auditRecorder({ events: defineEvents({ flag: { created: z.object({ key: z.string() }) } }) })
expect(audit).toHaveAudited('flag:created', { key: 'a' }, { times: 2, status: 'denied' })
expect(audit).not.toHaveAudited()
expect({ missing: [], unused: [] }).toBeComplete()
export async function later(): Promise<void> {
  await expect(Promise.resolve(audit)).resolves.toHaveAudited('flag:created')
}
// @ts-expect-error: no such status.
expect(audit).toHaveAudited('flag:created', {}, { status: 'done' })
// @ts-expect-error: a name is text.
expect(audit).toHaveAudited(7)
