/** The input names more logs than can be checked in bounded memory. */
export class TooManyLogsError extends Error {
  override readonly name: string = 'TooManyLogsError'
  readonly code = 'AUDIT_TOO_MANY_LOGS'

  constructor(max: number) {
    super(`The input names more than ${max} logs. Verify it in parts.`)
  }
}

/** A file without any event: it cannot be checked. */
export class NotATrailError extends Error {
  override readonly name: string = 'NotATrailError'
  readonly code = 'AUDIT_NOT_A_TRAIL'
}

/**
 * A journal and a copy of one of its logs are in one input. Each event would occur twice, and comparing them would take 32 bytes
 * per event. Verify them separately, against the same checkpoints.
 */
export class GivenTwiceError extends Error {
  override readonly name: string = 'GivenTwiceError'
  readonly code = 'AUDIT_GIVEN_TWICE'

  constructor(name: string, source: string) {
    super(`'${name}' and a given journal both have events of '${source}'. Verify the journal and the copy separately.`)
  }
}
