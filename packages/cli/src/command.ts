/** One subcommand of `audit`. */
export interface Command {
  /** The words that select it: `verify`, `dead-letters list`. */
  readonly name: string
  /** One line. */
  readonly summary: string
  /** `audit verify <journal | file… | -> [--key …]` */
  readonly usage: string
  /** One more sentence for its help. */
  readonly note?: string
  readonly options: readonly CommandOption[]
  readonly examples: readonly string[]
  /** Resolves with the exit code. Rejects with a `UsageError` for wrong input, and a `CommandError` if it cannot be carried out. */
  run(input: CommandInput, io: CommandIo): Promise<number>
}

export interface CommandOption {
  readonly name: string
  /** A placeholder for its value. Omitted for a flag. */
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

/** The environment of a command. */
export interface CommandIo {
  readonly stdin: NodeJS.ReadableStream
  out(line: string): void
  /**
   * Aborts when the reader of the standard output has closed it. A command that only prints may then end. A command whose exit code
   * is a result continues.
   */
  readonly outClosed?: AbortSignal
  error(line: string): void
  /** The standard output is a terminal, so colours may be used. */
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

/** The exit codes of all commands. */
export const exitCodes = {
  fine: 0,
  /** The check failed, or nothing was found. */
  no: 1,
  wrongUse: 2,
  /** The command could not be carried out. */
  failed: 3,
  /** Nothing is wrong, but not every event is proven. */
  unproven: 4,
} as const

/** The arguments are wrong. The usage of the command is printed too. */
export class UsageError extends Error {
  override readonly name: string = 'UsageError'
}

/** The arguments are correct, but the command could not be carried out. */
export class CommandError extends Error {
  override readonly name: string = 'CommandError'
}
