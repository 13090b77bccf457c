import type { Audit } from '@audit/core'
import { Inject, Injectable } from '@nestjs/common'
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus'
import { AUDIT } from '../inject-audit.ts'

/** Tells `@nestjs/terminus` whether the trail does what it promises. */
@Injectable()
export class AuditHealthIndicator {
  readonly #audit: Audit
  readonly #indicators: HealthIndicatorService

  constructor(@Inject(AUDIT) audit: Audit, @Inject(HealthIndicatorService) indicators: HealthIndicatorService) {
    this.#audit = audit
    this.#indicators = indicators
  }

  /**
   * Down when events are being lost or rejected. A sink that lags loses nothing and leaves it up (`degraded`, where terminus knows
   * that): restarting the service would not bring the sink back.
   */
  isHealthy<const Key extends string = 'audit'>(key: Key = 'audit' as Key): HealthIndicatorResult<Key> {
    const { status, problems, lost } = this.#audit.health()
    const check = this.#indicators.check(key)
    const details = { trail: status, problems: [...problems], lost }
    if (status === 'failing') return check.down(details)
    // Terminus 11 has only up and down.
    return status === 'degraded' && 'degraded' in check ? check.degraded(details) : check.up(details)
  }
}
