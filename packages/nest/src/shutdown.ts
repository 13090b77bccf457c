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
 * Ends the audit with the application: one that the module made is closed, one that was given is flushed and left open for whoever
 * else uses it. In `onApplicationShutdown`, since requests are still answered before that. Never throws.
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

  /** Nest does not tell whether its hooks are on; they are listeners of the process. */
  #remind(): void {
    if (process.listenerCount('SIGTERM') > 0) return
    this.#logger.warn('Shutdown hooks are off, so the last events wait for the next start. Call app.enableShutdownHooks().')
  }
}
