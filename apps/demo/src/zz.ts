import { defineEvents } from '@audit/core'
import { z } from 'zod'
const c = z.object({ id: z.string() })
function written<S extends z.ZodObject>(payload: S) {
  const event = { payload, target: ({ id, key }: { readonly id?: string; readonly key?: string }) => id ?? key }
  return { created: event, updated: event, deleted: event }
}
export const a = defineEvents({ constraint: written(c) })
function written2<S extends z.ZodObject>(payload: S) {
  const event = { payload, target: (_: any): string | undefined => undefined }
  return { created: event, updated: event, deleted: event }
}
export const b = defineEvents({ constraint: written2(c) })
const w = written2(c)
export const d = defineEvents({ constraint: w })
export const e = defineEvents({ constraint: { created: { payload: c, target: (_: any): string | undefined => undefined } } })
export const f = defineEvents({ constraint: {...w, deleted: {...w.deleted, failMode: 'closed' }} })
