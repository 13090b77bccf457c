/**
 * The account that acted and is responsible. Without a login: `{ authentication: 'none' }`. A job or
 * cron: `{ authentication: 'none', type: 'system', id: <service> }`.
 */
export interface Actor {
  /** The way in which the actor proved its identity: `none`, `token`, `oidc`, `jwt`, `session`, … */
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

export const anonymous: Actor = Object.freeze({ authentication: 'none' })
