import { Inject, Injectable } from '@nestjs/common'
import type { Audit } from '@audit/core'
import type { Annotation } from '@audit/core/adapter'
import { AUDIT } from '../../src/index.ts'
import type { events } from './events.ts'

/** A service that adds details to the event of its controller. */
@Injectable()
export class FlagService {
  readonly #audit: Audit<typeof events>

  constructor(@Inject(AUDIT) audit: Audit<typeof events>) {
    this.#audit = audit
  }

  annotate(annotation: Annotation): void {
    this.#audit.annotate(annotation)
  }

  async record(key: string): Promise<void> {
    await this.#audit.record('flag:created', { key })
  }

  async deny(reason: string): Promise<void> {
    await this.#audit.denied('flag:created', { reason })
  }
}
