/** One thing that the `audit` command does. */
export interface Command {
  /** What is typed: `verify`, `dead-letters list`. */
  readonly name: string
  /** One line. */
  readonly summary: string
  /** `audit verify <journal | file… | -> [--key …]` */
  readonly usage: string
  /** What else its user must know, in a sentence. */
  readonly note?: string
  readonly options: readonly CommandOption[]
  readonly examples: readonly string[]
  /** Resolves with the exit code. Rejects with a `UsageError` for wrong input and a `CommandError` for what could not be done. */
  run(input: CommandInput, io: CommandIo): Promise<number>
}

export interface CommandOption {
  readonly name: string
  /** A word for what it takes. Left out: it is a flag. */
  readonly value?: string
  /** It may be given several times. */
  readonly multiple?: boolean
  readonly summary: string
}

export interface CommandInput {
  readonly positionals: readonly string[]
  readonly flags: ReadonlySet<string>
  readonly values: ReadonlyMap<string, readonly string[]>
}

/** What a command sees of the world. */
export interface CommandIo {
  readonly stdin: NodeJS.ReadableStream
  out(line: string): void
  /**
   * Aborts when the standard output is not read any more. A command that only writes to it may end; a command with a result goes
   * on.
   */
  readonly outClosed?: AbortSignal
  error(line: string): void
  /** Somebody looks at what is written: colours may be used. */
  readonly isTerminal: boolean
  readonly progress: Progress
  readonly now: () => number
  readonly signal: AbortSignal
  readonly env: NodeJS.ProcessEnv
}

export interface Progress {
  update(done: number, total: number | undefined, what: string): void
  end(): void
}

/** The codes a command ends with. */
export const exitCodes = {
  fine: 0,
  /** The check failed, or nothing was found. */
  no: 1,
  wrongUse: 2,
  /** It could not be done. */
  failed: 3,
  /** Nothing is wrong, but not every event is proven. */
  unproven: 4,
} as const

/** It was called in a way that makes no sense; help follows. */
export class UsageError extends Error {
  override readonly name: string = 'UsageError'
}

/** It was called as it should be, and could not be done. */
export class CommandError extends Error {
  override readonly name: string = 'CommandError'
}
