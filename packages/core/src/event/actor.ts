/**
 * Who really acted and answers for it. The first five members are Flipt's.
 * With nobody signed in: `{ authentication: 'none' }`. A job or cron: `{ authentication: 'none', type: 'system', id: <service>
 * }`.
 */
export interface Actor {
  /** How they proved who they are: `none`, `token`, `oidc`, `jwt`, `session`, … */
  readonly authentication: string
  readonly ip?: string
  readonly email?: string
  readonly name?: string
  readonly picture?: string
  readonly id?: string
  readonly type?: 'user' | 'service' | 'system'
  /** The account that was used, when it is not the actor's own (impersonation). */
  readonly onBehalfOf?: { readonly id: string; readonly name?: string; readonly email?: string }
}

export const nobody: Actor = Object.freeze({ authentication: 'none' })
