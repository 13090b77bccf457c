import { internalsOf } from '@audit/core/adapter'

/** Settles an event once its payload is annotated. If the audit closes first, it settles the event without the payload. */
export function settleAfter(payload: Promise<void>, audit: object, settle: () => unknown): Promise<unknown> {
  const { openRequests } = internalsOf(audit)
  const settleAtClose = () => void settle()
  openRequests.add(settleAtClose)
  return payload.then(() => {
    openRequests.delete(settleAtClose)
    return settle()
  })
}
