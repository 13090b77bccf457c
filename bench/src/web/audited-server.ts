import { closeWhole, type BenchAudit } from '../open-audit.ts'
import type { Server } from './load.ts'

/** The server, which throws when it is closed unless each request was submitted as an event, or with `isCounted: false` none was. */
export function auditedServer(server: Server, audit: BenchAudit, { isCounted }: { readonly isCounted: boolean }): Server {
  return {
    port: server.port,
    async close(requests) {
      await server.close(requests)
      const { submitted } = audit.stats()
      if (isCounted ? submitted < requests : submitted > 0)
        throw new Error(`Of ${requests} requests ${submitted} events were submitted.`)
      await closeWhole(audit)
    },
  }
}
