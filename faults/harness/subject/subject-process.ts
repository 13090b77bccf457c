import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Outcome, SubjectMessage, SubjectPlan, SubjectSummary } from './subject-plan.ts'

const PROGRAM = fileURLToPath(new URL('subject.ts', import.meta.url))
const KEPT_ERROR_CHARACTERS = 4_000

/** How a subject ended. */
export interface Ending {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** The end of its output on stderr. */
  readonly errors: string
}

/** A running subject, for its harness. */
export class SubjectProcess {
  /** Resolves with true when it is ready, with false if it ends before. */
  readonly ready: Promise<boolean>
  /** Resolves when it has delivered what its own log had at its start, or ends before. */
  readonly drained: Promise<boolean>
  readonly ended: Promise<Ending>
  /** The reason why its journal did not open at the start. */
  notReady: string | undefined
  /** Left out unless it ended in order. */
  summary: SubjectSummary | undefined
  /** Each time at which its counters did not balance. */
  readonly unbalanced: string[] = []
  readonly #process: ChildProcess
  readonly #onOutcome: (outcome: Outcome) => void
  readonly #becomeReady: (isReady: boolean) => void
  readonly #becomeDrained: (isDrained: boolean) => void
  #errors = ''

  constructor(plan: SubjectPlan, onOutcome: (outcome: Outcome) => void, environment: NodeJS.ProcessEnv = {}) {
    this.#onOutcome = onOutcome
    this.#process = spawn(process.execPath, ['--expose-gc', PROGRAM, JSON.stringify(plan)], {
      env: { ...process.env, ...environment },
    })
    const { stdin, stdout, stderr } = this.#process
    stdin!.on('error', () => undefined)
    stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.#errors = (this.#errors + text).slice(-KEPT_ERROR_CHARACTERS)
    })
    createInterface({ input: stdout! }).on('line', (line) => this.#read(line))
    const ready = Promise.withResolvers<boolean>()
    const drained = Promise.withResolvers<boolean>()
    this.ready = ready.promise
    this.drained = drained.promise
    this.#becomeReady = ready.resolve
    this.#becomeDrained = drained.resolve
    this.ended = new Promise((resolve, reject) => {
      this.#process.once('error', reject)
      this.#process.once('close', (code, signal) => {
        this.#becomeReady(false)
        this.#becomeDrained(false)
        resolve({ code, signal, errors: this.#errors })
      })
    })
  }

  kill(): void {
    this.#process.kill('SIGKILL')
  }

  /** Measures its event loop and the growth of its memory, until the harness sends `measured`. */
  measure(): void {
    this.#process.stdin!.write('measure\n')
  }

  measured(): void {
    this.#process.stdin!.write('measured\n')
  }

  /** Lets it end normally. */
  stop(): void {
    this.#process.stdin!.write('stop\n')
  }

  #read(line: string): void {
    // A killed process may leave half a line.
    if (!line.endsWith('}')) return
    const message = parse(line)
    if (message?.kind === 'outcome') this.#onOutcome(message)
    else if (message?.kind === 'ready') this.#becomeReady(true)
    else if (message?.kind === 'not-ready') this.notReady = message.reason
    else if (message?.kind === 'drained') this.#becomeDrained(true)
    else if (message?.kind === 'unbalanced') this.unbalanced.push(message.stats)
    else if (message?.kind === 'done') this.summary = message.summary
  }
}

function parse(line: string): SubjectMessage | undefined {
  try {
    return JSON.parse(line) as SubjectMessage
  } catch {
    return undefined
  }
}
