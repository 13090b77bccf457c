export type WebhookSignatureErrorCode =
  | 'WEBHOOK_INVALID_OPTIONS'
  | 'WEBHOOK_INVALID_SECRET'
  | 'WEBHOOK_MISSING_HEADER'
  | 'WEBHOOK_INVALID_HEADER'
  | 'WEBHOOK_TIMESTAMP_TOO_OLD'
  | 'WEBHOOK_TIMESTAMP_TOO_NEW'
  | 'WEBHOOK_SIGNATURE_MISMATCH'
  | 'WEBHOOK_BODY_NOT_RAW'

/** A request that must not be trusted, or an invalid secret. The message never quotes a secret, a signature or the body. */
export class WebhookSignatureError extends Error {
  override readonly name = 'WebhookSignatureError'
  readonly code: WebhookSignatureErrorCode

  constructor(code: WebhookSignatureErrorCode, message: string) {
    super(message)
    this.code = code
  }
}
