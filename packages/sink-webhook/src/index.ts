export { webhookSink } from './webhook-sink.ts'
export type { WebhookSinkOptions, WebhookTlsOptions } from './webhook-sink-options.ts'
export { verifyFliptWebhook, verifyWebhook } from '@audit/webhook-signature'
export type { VerifiedWebhook } from '@audit/webhook-signature'
