import type { Audit } from '@audit/core'
import { Inject, Injectable } from '@nestjs/common'
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus'
import { AUDIT } from '../inject-audit.ts'

/** Reports the health of the audit to `@nestjs/terminus`. */
@Injectable()
export class AuditHealthIndicator {
  readonly #audit: Audit
  readonly #indicators: HealthIndicatorService

  constructor(@Inject(AUDIT) audit: Audit, @Inject(HealthIndicatorService) indicators: HealthIndicatorService) {
    this.#audit = audit
    this.#indicators = indicators
  }

  /**
   * Reports `down` while events are lost or rejected. With a slow or failing sink it stays up (`degraded` if terminus has that
   * status), because no event is lost and a restart of the service would not repair the sink.
   */
  isHealthy<const Key extends string = 'audit'>(key: Key = 'audit' as Key): HealthIndicatorResult<Key> {
    const { status, problems, lost } = this.#audit.health()
    const check = this.#indicators.check(key)
    const details = { trail: status, problems: [...problems], lost }
    if (status === 'failing') return check.down(details)
    // Terminus 11 has only `up` and `down`.
    return status === 'degraded' && 'degraded' in check ? check.degraded(details) : check.up(details)
  }
}
