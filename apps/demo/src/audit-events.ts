import { defineEvents } from '@audit/core'
import { z } from 'zod'

// The members that the trail keeps of each resource, in this order. Other members never reach it.

const flag = z.object({
  description: z.string(),
  enabled: z.boolean(),
  key: z.string(),
  name: z.string(),
  namespace_key: z.string(),
})
const variant = z.object({
  id: z.string(),
  flag_key: z.string(),
  key: z.string(),
  name: z.string(),
  description: z.string(),
  attachment: z.string(),
  namespace_key: z.string(),
})
const constraint = z.object({
  id: z.string(),
  segment_key: z.string(),
  type: z.string(),
  property: z.string(),
  operator: z.string(),
  value: z.string(),
  namespace_key: z.string(),
})
const segment = z.object({
  key: z.string(),
  name: z.string(),
  description: z.string(),
  constraints: z.array(constraint),
  match_type: z.string(),
  namespace_key: z.string(),
})
const distribution = z.object({ id: z.string(), rule_id: z.string(), variant_id: z.string(), rollout: z.number() })
const rule = z.object({
  id: z.string(),
  flag_key: z.string(),
  segment_key: z.string(),
  distributions: z.array(distribution),
  rank: z.number(),
  namespace_key: z.string(),
})
const rollout = z.object({
  id: z.string(),
  namespace_key: z.string(),
  flag_key: z.string(),
  rank: z.number(),
  description: z.string(),
  threshold: z.object({ percentage: z.number(), value: z.boolean() }).optional(),
  segment: z.object({ key: z.string(), value: z.boolean() }).optional(),
})
const namespace = z.object({ key: z.string(), name: z.string(), description: z.string(), protected: z.boolean() })
const token = z.object({ name: z.string(), description: z.string(), role: z.string() })

/** Nine nouns, three verbs. A deletion that cannot be undone, or that locks users out, must be recorded before it is performed. */
export const events = defineEvents({
  constraint: written(constraint),
  distribution: written(distribution),
  flag: written(flag),
  namespace: { ...written(namespace), deleted: { payload: namespace, failMode: 'closed' } },
  rollout: written(rollout),
  rule: written(rule),
  segment: written(segment),
  token: { ...written(token), deleted: { payload: token, failMode: 'closed' } },
  variant: written(variant),
})

function written<S extends z.ZodObject>(payload: S) {
  return { created: payload, updated: payload, deleted: payload }
}
