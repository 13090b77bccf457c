export interface ServiceErrorOptions extends ErrorOptions {
  /** The problems in the body, for the caller. */
  readonly issues?: readonly { readonly path: string; readonly message: string }[]
}

/** A request that cannot be performed. The caller gets status, code and message; the trail keeps status and code. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError'
  readonly status: number
  readonly code: string
  readonly issues: ServiceErrorOptions['issues']

  constructor(status: number, code: string, message: string, options: ServiceErrorOptions = {}) {
    super(message, options)
    this.status = status
    this.code = code
    this.issues = options.issues
  }
}

/** Makes the answer to an error, with its text only if the caller can act on it. */
export function answerOf(error: unknown): { readonly status: number; readonly isOurs: boolean; readonly body: object } {
  const { status = 500, code, message, issues } = error as Partial<ServiceError>
  const isOurs = status >= 500
  const text = isOurs ? 'Something went wrong here.' : message
  return { status, isOurs, body: { error: { code: code ?? `status-${status}`, message: text, ...(issues && { issues }) } } }
}
