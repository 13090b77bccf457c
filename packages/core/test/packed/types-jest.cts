import { expect as imported } from '@jest/globals'
import { defineEvents } from '@audit/core'
import { auditRecorder } from '@audit/core/testing'
import '@audit/core/testing/jest'
import { z } from 'zod'

const audit = auditRecorder({ events: defineEvents({ flag: { created: z.object({ key: z.string() }) } }) })
const done: void = expect(audit).toHaveAudited('flag:created', { key: 'a' }, { times: 2, status: 'denied' })
const doneToo: void = imported(audit).toHaveAudited('flag:created', { key: 'a' }, { times: 2, status: 'denied' })
expect(audit).not.toHaveAudited()
imported(audit).not.toHaveAudited()
export async function later(): Promise<void> {
  await imported(Promise.resolve(audit)).resolves.toHaveAudited('flag:created')
}
// @ts-expect-error: no such status.
expect(audit).toHaveAudited('flag:created', {}, { status: 'done' })
// @ts-expect-error: no such status.
imported(audit).toHaveAudited('flag:created', {}, { status: 'done' })
// @ts-expect-error: a name is text.
imported(audit).toHaveAudited(7)
void [done, doneToo]
