/** Whether a status says that the one who asked may not. */
export function isDenial(status: number): boolean {
  return status === 401 || status === 403
}

/** The short code for an answer that tells no more than its status: `unauthenticated`, `forbidden`, `status-409`. */
export function reasonOfStatus(status: number): string {
  return status === 401 ? 'unauthenticated' : status === 403 ? 'forbidden' : `status-${status}`
}
