interface Event {
  readonly type: string
  readonly action: string
  readonly status: string
  readonly payload: unknown
  readonly target?: { readonly id?: string }
  readonly metadata: { readonly actor: { readonly id?: string } }
}

/** The members of a recorded event that a page says something about. Undefined ones are left out. */
export function summaryOf(line: string): Readonly<Record<string, unknown>> {
  const { type, action, status, payload, target, metadata } = JSON.parse(line) as Event
  const found = { name: `${type}:${action}`, status, actor: metadata.actor.id, target: target?.id, payload: payload ?? undefined }
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined))
}
