import type { Clock } from './clock.ts'

/** Receives changes of the library's state: anything with `warn` and `error`, such as pino, winston or console. */
export interface Logger {
  warn(message: string): void
  error(message: string): void
}

/** Writes to stderr, which is never the trail itself. */
export const stderrLogger: Logger = {
  warn: (message) => void process.stderr.write(`audit: ${message}\n`),
  error: (message) => void process.stderr.write(`audit: ${message}\n`),
}

/** Logs each cause at most once per minute, then with the number of suppressed lines. Never throws. */
export interface Reporter {
  warn(cause: string, message: string): void
  error(cause: string, message: string): void
}

const QUIET_MS = 60_000
/** The library and the sink names define the causes, so a few hundred are far more than a process has. */
const MAX_CAUSES = 1_000

export function createReporter(logger: Logger, clock: Clock): Reporter {
  const causes = new Map<string, { saidAt: number; unsaid: number }>()

  function say(level: 'warn' | 'error', cause: string, message: string): void {
    const now = clock.monotonic()
    const last = causes.get(cause)
    if (last && now - last.saidAt < QUIET_MS) {
      last.unsaid++
      return
    }
    if (causes.size >= MAX_CAUSES) causes.clear()
    causes.set(cause, { saidAt: now, unsaid: 0 })
    const repeated = last && last.unsaid > 0 ? ` (and ${last.unsaid} times more since the last such line)` : ''
    try {
      logger[level](oneLine(message) + repeated)
    } catch {
      // A logger that throws must not take the audit trail with it.
    }
  }

  return {
    warn: (cause, message) => say('warn', cause, message),
    error: (cause, message) => say('error', cause, message),
  }
}

/** A message can contain keys of a payload; none of them may end the line, move the cursor or reorder the text. */
function oneLine(message: string): string {
  return message.replace(
    /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
