import { Readable } from 'node:stream'
import type { CommandIo } from '../src/command.ts'
import { runCommandLine } from '../src/run-command-line.ts'

export interface Ran {
  readonly code: number
  readonly out: string
  readonly error: string
}

/** Runs a command line as `main.ts` does, but in this process and without a terminal. */
export async function runAudit(words: readonly string[], world: Partial<CommandIo> = {}): Promise<Ran> {
  const out: string[] = []
  const error: string[] = []
  const code = await runCommandLine(
    words,
    {
      stdin: Readable.from([]),
      out: (line) => void out.push(`${line}\n`),
      error: (line) => void error.push(`${line}\n`),
      isTerminal: false,
      progress: { update: () => undefined, end: () => undefined },
      now: Date.now,
      signal: new AbortController().signal,
      env: {},
      ...world,
    },
    '1.2.3',
  )
  return { code, out: out.join(''), error: error.join('') }
}
