import { AuditError } from '@audit/core/sink'

/**
 * Selects whose events a reader may see. `'all'` includes events without a tenant and the system events of the library; a list of
 * tenants never does. An empty list sees nothing.
 */
export interface Scope {
  readonly tenants: readonly string[] | 'all'
}

const MAX_TENANTS = 1_000

/** Returns a copy of the tenants, each once. Throws `AUDIT_INVALID_OPTIONS`. */
export function tenantsOf(scope: Scope): readonly string[] | 'all' {
  const problem = problemWith(scope)
  if (problem)
    throw new AuditError('AUDIT_INVALID_OPTIONS', `The scope of a reader is wrong: ${problem}.`, { problems: [problem] })
  return scope.tenants === 'all' ? 'all' : [...new Set(scope.tenants)].toSorted()
}

function problemWith(scope: unknown): string | undefined {
  if (typeof scope !== 'object' || scope === null) return "give { tenants: ['acme'] } or { tenants: 'all' }"
  const unknown = Object.keys(scope).find((name) => name !== 'tenants')
  if (unknown !== undefined) return `${JSON.stringify(unknown.slice(0, 64))}: there is no such member; give 'tenants'`
  const { tenants } = scope as Partial<Scope>
  if (tenants === 'all') return undefined
  if (!Array.isArray(tenants) || !tenants.every((tenant) => typeof tenant === 'string' && tenant !== ''))
    return "tenants: give a list of tenants, or 'all'"
  return tenants.length > MAX_TENANTS ? `tenants: give at most ${MAX_TENANTS}` : undefined
}
