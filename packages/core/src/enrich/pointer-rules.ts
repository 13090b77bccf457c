/** A pointer into the payload, in parts; `*` is any one key or index. With a field, the value there is hashed as that field. */
export interface Rule {
  readonly path: readonly string[]
  readonly field: string | undefined
}

/** True if a rule ends here, and the value is to be removed. */
export function isPointedAt(within: readonly Rule[]): boolean {
  return within.some(({ path, field }) => path.length === 0 && field === undefined)
}

/** The rest of the rules that lead through `key`. */
export function below(rules: readonly Rule[], key: string): readonly Rule[] {
  if (rules.length === 0) return rules
  return rules
    .filter(({ path: [first] }) => first === key || first === '*')
    .map(({ path, field }) => ({ path: path.slice(1), field }))
}
