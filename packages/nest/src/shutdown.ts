import type { Audit } from '@audit/core'
import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common'
import { AUDIT } from './inject-audit.ts'

/** How long an application may take after its bootstrap to enable its shutdown hooks. */
const GRACE_MS = 1_000

const own = new WeakSet<Audit<any>>()

/** Marks an audit as made by the module, so that it is closed with the application. */
export function ownAudit<A extends Audit<any>>(audit: A): A {
  own.add(audit)
  return audit
}

/**
 * Ends the audit with the application: closes the module's own audit; flushes a given one, which others may use, and leaves it open.
 * Runs in `onApplicationShutdown`, because requests are still answered before that. Never throws.
 */
@Injectable()
export class AuditShutdown implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #audit: Audit
  readonly #logger = new Logger('Audit')
  #reminder: NodeJS.Timeout | undefined

  constructor(@Inject(AUDIT) audit: Audit) {
    this.#audit = audit
  }

  onApplicationBootstrap(): void {
    this.#reminder = setTimeout(() => this.#remind(), GRACE_MS).unref()
  }

  async onApplicationShutdown(): Promise<void> {
    clearTimeout(this.#reminder)
    if (own.has(this.#audit)) return this.#audit.close()
    await this.#audit.flush({ timeoutMs: 5_000 }).catch((error: Error) => this.#logger.warn(error.message))
  }

  /** Warns if shutdown hooks are off. Nest does not expose that, but its hooks are listeners of the process. */
  #remind(): void {
    if (process.listenerCount('SIGTERM') > 0) return
    this.#logger.warn(
      'Shutdown hooks are off, so the last events are delivered only after the next start. Call app.enableShutdownHooks().',
    )
  }
}
