import type { Logger } from '@audit/core'
import { Logger as NestLogger } from '@nestjs/common'

/** Returns a logger that writes to the application's logger, with the context `Audit`. Follows `app.useLogger()`. */
export function nestLogger(): Logger {
  return new NestLogger('Audit')
}
