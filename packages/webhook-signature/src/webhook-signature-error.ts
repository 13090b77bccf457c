export type WebhookSignatureErrorCode =
  | 'WEBHOOK_INVALID_OPTIONS'
  | 'WEBHOOK_INVALID_SECRET'
  | 'WEBHOOK_MISSING_HEADER'
  | 'WEBHOOK_INVALID_HEADER'
  | 'WEBHOOK_TIMESTAMP_TOO_OLD'
  | 'WEBHOOK_TIMESTAMP_TOO_NEW'
  | 'WEBHOOK_SIGNATURE_MISMATCH'
  | 'WEBHOOK_BODY_NOT_RAW'

/** Why a request is not to be trusted, or a secret cannot be used. Its message never quotes a secret, a signature or the body. */
export class WebhookSignatureError extends Error {
  override readonly name = 'WebhookSignatureError'
  readonly code: WebhookSignatureErrorCode

  constructor(code: WebhookSignatureErrorCode, message: string) {
    super(message)
    this.code = code
  }
}
