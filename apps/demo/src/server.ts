import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createService, type Framework } from './service.ts'
import type { Trail } from './trail.ts'

export interface ServerOptions {
  readonly trail: Trail
  readonly framework: Framework
  /** 0: any free port. */
  readonly port: number
}

export interface RunningServer {
  readonly url: string
  readonly adminToken: string
  /** Answers open requests, accepts no more, and completes the trail; within 5 seconds. */
  stop(): Promise<void>
}

const HOST = '127.0.0.1'
const DRAIN_MS = 2_000
const AUDIT_CLOSE_MS = 2_500

/** Starts to serve when the trail is open. Rejects, and closes the trail, if it cannot be opened or the port is taken. */
export async function startServer({ port, trail, framework }: ServerOptions): Promise<RunningServer> {
  const { audit } = trail
  const service = await createService(framework, audit)
  const server = createServer(service.answer)
  const closeTrail = async () => {
    await service.stop()
    await audit.close({ timeoutMs: AUDIT_CLOSE_MS })
    await trail.release()
  }
  try {
    await audit.ready()
    server.listen(port, HOST)
    await once(server, 'listening')
  } catch (error) {
    await closeTrail()
    throw error
  }
  return {
    url: `http://${HOST}:${(server.address() as AddressInfo).port}`,
    adminToken: service.adminToken,
    async stop() {
      const closed = once(server, 'close')
      server.close()
      const impatient = setTimeout(() => server.closeAllConnections(), DRAIN_MS)
      await closed
      clearTimeout(impatient)
      await closeTrail()
    },
  }
}
