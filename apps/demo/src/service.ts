import type { RequestListener } from 'node:http'
import type { FlagsAudit } from './trail.ts'

/** A small feature-flag service. The creator of the audit closes it. */
export interface Service {
  readonly answer: RequestListener
  /** The secret of the first token, an admin's. */
  readonly adminToken: string
  /** Called once, after the last answer. */
  stop(): Promise<void>
}

export const frameworks = ['koa', 'nest'] as const
export type Framework = (typeof frameworks)[number]

/** Creates the same service with either framework, and loads only that one. */
export async function createService(framework: Framework, audit: FlagsAudit): Promise<Service> {
  if (framework === 'koa') return (await import('./koa/service.ts')).createKoaService(audit)
  return (await import('./nest/service.ts')).createNestService(audit)
}
