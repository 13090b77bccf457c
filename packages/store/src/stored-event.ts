import type { AuditEvent } from '@audit/core/sink'

/** An event as it was delivered. */
export interface StoredEvent {
  /** The exact JSON text. */
  readonly line: string
  /** The same event, parsed at the first access. */
  readonly event: AuditEvent
}

/** Returns the stored event of a line. */
export function storedEvent(line: string): StoredEvent {
  return new StoredLine(line)
}

class StoredLine implements StoredEvent {
  readonly line: string
  #event: AuditEvent | undefined

  constructor(line: string) {
    this.line = line
  }

  get event(): AuditEvent {
    return (this.#event ??= JSON.parse(this.line) as AuditEvent)
  }
}
