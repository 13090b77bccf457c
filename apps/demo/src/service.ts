import type { RequestListener } from 'node:http'
import type { FlagsAudit } from './trail.ts'

/** A small feature-flag service. Whoever made the audit closes it. */
export interface Service {
  readonly answer: RequestListener
  /** The secret of the first token, an admin's. */
  readonly adminToken: string
  /** Called once, when it answers no more. */
  stop(): Promise<void>
}

export const frameworks = ['koa', 'nest'] as const
export type Framework = (typeof frameworks)[number]

/** The same service by either framework; only the one that is asked for is loaded. */
export async function createService(framework: Framework, audit: FlagsAudit): Promise<Service> {
  if (framework === 'koa') return (await import('./koa/service.ts')).createKoaService(audit)
  return (await import('./nest/service.ts')).createNestService(audit)
}
