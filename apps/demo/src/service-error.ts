export interface ServiceErrorOptions extends ErrorOptions {
  /** What is wrong where, for the caller. */
  readonly issues?: readonly { readonly path: string; readonly message: string }[]
}

/** A request that cannot be done. The caller gets status, code and message; the trail keeps status and code. */
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
