import { z } from 'zod'
import { resourcePath } from './resource-path.ts'

export type Noun = 'constraint' | 'distribution' | 'flag' | 'namespace' | 'rollout' | 'rule' | 'segment' | 'token' | 'variant'

/** One resource: the members of its path (`namespace_key`, …), its key or id, and the members of its body. */
export type Resource = Readonly<Record<string, unknown>>

/** The differences between kinds of resources. */
export interface ResourceKind {
  readonly noun: Noun
  /** Its path; parameters are members of the resource. */
  readonly collection: string
  /** The identifier in the collection: a `key` that the caller chooses, or an `id` that the service generates. */
  readonly identity: 'key' | 'id'
  readonly body: z.ZodObject
  /** A member whose value is unique in a collection. */
  readonly unique?: string
  /** Paths of other resources that must exist, and cannot be deleted while they are referenced. */
  readonly references?: (resource: Resource) => readonly string[]
  /** The collection below it that is shown as a part of it. */
  readonly shows?: string
  /** Can be deleted with its contents only with `?force=true`. */
  readonly keepsContents?: true
  /** Has a secret, which only the answer to its creation shows. */
  readonly hasSecret?: true
}

export const key = z.string().regex(/^[\w-]{1,64}$/, 'Give 1 to 64 letters, digits, _ or -.')
const name = z.string().min(1).max(256)
const description = z.string().max(1_024).default('')
const rank = z.int().min(1).default(1)

const namespace: ResourceKind = {
  noun: 'namespace',
  collection: '/namespaces',
  identity: 'key',
  body: z.object({ name, description, protected: z.boolean().default(false) }),
  keepsContents: true,
}

const flag: ResourceKind = {
  noun: 'flag',
  collection: '/namespaces/:namespace_key/flags',
  identity: 'key',
  body: z.object({ name, description, enabled: z.boolean().default(false) }),
}

const variant: ResourceKind = {
  noun: 'variant',
  collection: '/namespaces/:namespace_key/flags/:flag_key/variants',
  identity: 'id',
  unique: 'key',
  body: z.object({ key, name: z.string().max(256).default(''), description, attachment: z.string().max(8_192).default('') }),
}

const segment: ResourceKind = {
  noun: 'segment',
  collection: '/namespaces/:namespace_key/segments',
  identity: 'key',
  body: z.object({ name, description, match_type: z.enum(['ALL_MATCH_TYPE', 'ANY_MATCH_TYPE']).default('ALL_MATCH_TYPE') }),
  shows: 'constraints',
}

const comparisons = ['STRING', 'NUMBER', 'BOOLEAN', 'DATETIME', 'ENTITY_ID'] as const
const constraint: ResourceKind = {
  noun: 'constraint',
  collection: '/namespaces/:namespace_key/segments/:segment_key/constraints',
  identity: 'id',
  body: z.object({
    type: z.enum(comparisons.map((comparison) => `${comparison}_COMPARISON_TYPE` as const)),
    property: name,
    operator: z.string().min(1).max(32),
    value: z.string().max(1_024).default(''),
  }),
}

const segmentPath = '/namespaces/:namespace_key/segments/:segment_key'
const rule: ResourceKind = {
  noun: 'rule',
  collection: '/namespaces/:namespace_key/flags/:flag_key/rules',
  identity: 'id',
  body: z.object({ segment_key: key, rank }),
  references: (resource) => [resourcePath(segmentPath, resource)],
  shows: 'distributions',
}

const distribution: ResourceKind = {
  noun: 'distribution',
  collection: '/namespaces/:namespace_key/flags/:flag_key/rules/:rule_id/distributions',
  identity: 'id',
  unique: 'variant_id',
  body: z.object({ variant_id: z.string().min(1), rollout: z.number().min(0).max(100) }),
  references: (resource) => [resourcePath('/namespaces/:namespace_key/flags/:flag_key/variants/:variant_id', resource)],
}

const rolloutBody = z
  .object({
    description,
    rank,
    threshold: z.object({ percentage: z.number().min(0).max(100), value: z.boolean() }).optional(),
    segment: z.object({ key, value: z.boolean() }).optional(),
  })
  .refine((body) => (body.threshold === undefined) !== (body.segment === undefined), 'Give either threshold or segment.')
const rollout: ResourceKind = {
  noun: 'rollout',
  collection: '/namespaces/:namespace_key/flags/:flag_key/rollouts',
  identity: 'id',
  body: rolloutBody,
  references({ namespace_key, segment: chosen }) {
    const segment_key = (chosen as { readonly key: string } | undefined)?.key
    return segment_key === undefined ? [] : [resourcePath(segmentPath, { namespace_key, segment_key })]
  },
}

const token: ResourceKind = {
  noun: 'token',
  collection: '/tokens',
  identity: 'id',
  unique: 'name',
  body: z.object({ name, description, role: z.enum(['admin', 'viewer']) }),
  hasSecret: true,
}

export const resourceKinds = { constraint, distribution, flag, namespace, rollout, rule, segment, token, variant } as const
