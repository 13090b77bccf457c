import { closeWhole, type BenchAudit } from '../open-audit.ts'
import type { Server } from './load.ts'

/** The server, which throws when it is closed unless each request was offered as an event, or with `isCounted: false` none was. */
export function auditedServer(server: Server, audit: BenchAudit, { isCounted }: { readonly isCounted: boolean }): Server {
  return {
    port: server.port,
    async close(requests) {
      await server.close(requests)
      const { offered } = audit.stats()
      if (isCounted ? offered < requests : offered > 0) throw new Error(`Of ${requests} requests ${offered} events were offered.`)
      await closeWhole(audit)
    },
  }
}
