import type { Service } from './flags-service.ts'
import type { FlagsAudit } from './trail.ts'

export const frameworks = ['koa', 'nest'] as const
export type Framework = (typeof frameworks)[number]

/** Creates the same service with either framework, and loads only that one. */
export async function createService(framework: Framework, audit: FlagsAudit): Promise<Service> {
  if (framework === 'koa') return (await import('./koa/service.ts')).createKoaService(audit)
  return (await import('./nest/service.ts')).createNestService(audit)
}
