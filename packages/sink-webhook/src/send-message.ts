import { classifyBody } from './accepted-answer.ts'
import { classifyAnswer } from './classify-answer.ts'
import { classifyError } from './classify-error.ts'
import type { Connection } from './connection.ts'
import type { Message } from './encode.ts'
import { requestOf } from './request-of.ts'
import type { ResolvedWebhookSinkOptions } from './webhook-sink-options.ts'

/** Sends a message once. Resolves after a 2xx answer that `accepts` agrees with; rejects with a SinkError, or when `signal` aborts. */
export async function sendMessage(
  message: Message,
  connection: Connection,
  options: ResolvedWebhookSinkOptions,
  signal: AbortSignal,
): Promise<void> {
  const answer = await connection
    .post(() => requestOf(message, options, Date.now()), signal)
    .catch((error: unknown) => {
      signal.throwIfAborted()
      throw classifyError(error, options.url.host)
    })
  const refusal =
    classifyAnswer(answer, options.url, Date.now()) ??
    (options.accepts && classifyBody(answer, options.accepts, options.url.host))
  if (refusal) throw refusal
}
