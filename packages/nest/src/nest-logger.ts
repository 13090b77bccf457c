import type { Logger } from '@audit/core'
import { Logger as NestLogger } from '@nestjs/common'

/** Says what the audit says where the application says its own, in the context `Audit`; follows `app.useLogger()`. */
export function nestLogger(): Logger {
  return new NestLogger('Audit')
}
