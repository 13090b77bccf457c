import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import type { Writable } from 'node:stream'
import { verifyFliptWebhook } from '@audit/flipt'
import { generateWebhookSecret, verifyWebhook } from '@audit/webhook-signature'

type Environment = Readonly<Record<string, string | undefined>>

/** The receiver of a webhook. It checks each signature, and writes one line per request. */
export interface Receiver {
  /**
   * Returns the environment with the variables for this receiver that are not set. If a URL is set, its secret must be set too.
   * Flipt's variable takes precedence over the file, so only the examples get it.
   */
  environmentFor(options: { readonly isExample: boolean; readonly given: Environment }): Environment
  /** The refused requests, one sentence each. */
  readonly problems: readonly string[]
  stop(): Promise<void>
}

export async function startReceiver(output: Writable): Promise<Receiver> {
  const secret = generateWebhookSecret()
  const problems: string[] = []
  const server = createServer(async (request, response) => {
    try {
      const body = await buffer(request)
      output.write(`receiver  ${request.url}  ${checked(request, body, secret)}  ${contentOf(body)}\n`)
      response.writeHead(204).end()
    } catch (error) {
      problems.push(`The receiver refused a request to ${request.url}. ${(error as Error).message}`)
      response.writeHead(401).end()
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    environmentFor: ({ isExample, given }) => ({
      ...(!given['AUDIT_WEBHOOK_URL'] && { AUDIT_WEBHOOK_URL: `${url}/audit`, AUDIT_WEBHOOK_SECRET: secret }),
      SLACK_URL: `${url}/chat`,
      SLACK_SECURITY_URL: `${url}/chat`,
      ...(isExample &&
        !given['FLIPT_AUDIT_SINKS_WEBHOOK_URL'] && {
          FLIPT_AUDIT_SINKS_WEBHOOK_URL: `${url}/flipt`,
          FLIPT_SIGNING_SECRET: secret,
        }),
      ...given,
    }),
    problems,
    async stop() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

/** Throws unless the signature is right. The chat accepts unsigned messages, as chats do. */
function checked(request: IncomingMessage, body: Buffer, secret: string): string {
  if (request.url === '/chat') return 'unsigned'
  if (request.headers['x-flipt-webhook-signature']) {
    verifyFliptWebhook({ headers: request.headers, body }, secret)
    return "Flipt's signature is right"
  }
  verifyWebhook({ headers: request.headers, body }, secret)
  return 'signature is right'
}

function contentOf(body: Buffer): string {
  const content = JSON.parse(body.toString()) as { readonly text?: string } | readonly unknown[]
  return Array.isArray(content) ? `${content.length} events` : ((content as { text?: string }).text ?? 'one event')
}
