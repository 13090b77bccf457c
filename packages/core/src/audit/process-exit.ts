import { writeSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'

/** The two moments at the end of a process that an audit uses. */
export interface ProcessEnding {
  /** Called when the process has nothing left to do, and again after work that starts here, which keeps it running. */
  readonly onIdle: () => void
  /** Called when no asynchronous work runs any more. The returned text is written to stderr. */
  readonly onExit: () => string | undefined
}

const endings = new Set<ProcessEnding>()
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const
/** The first process of a container: the kernel ignores signals without a listener for it, and with a listener it would end. */
const FIRST_PROCESS = 1

/**
 * Calls `onExit` when the process ends without `close()`: by `process.exit`, an uncaught error, or a signal that has no other
 * listener; `onIdle` before it ends by itself. One set of listeners serves all audits. Returns a function that removes the ending.
 */
export function onProcessExit(ending: ProcessEnding): () => void {
  if (endings.size === 0) listen()
  endings.add(ending)
  return () => {
    endings.delete(ending)
    if (endings.size === 0) unlisten()
  }
}

function listen(): void {
  process.on('exit', end)
  process.on('beforeExit', idle)
  if (isMainThread && process.pid !== FIRST_PROCESS) for (const signal of SIGNALS) process.on(signal, endBySignal)
}

function unlisten(): void {
  process.off('exit', end)
  process.off('beforeExit', idle)
  for (const signal of SIGNALS) process.off(signal, endBySignal)
}

/** Without another listener the signal ends the process, as it would have without this one. */
function endBySignal(signal: NodeJS.Signals): void {
  if (listenersThatDecide(signal) > 0) return
  end()
  unlisten()
  process.kill(process.pid, signal)
}

/** Every copy of this library, ESM or CommonJS, bears the mark. */
const mark: unique symbol = Symbol.for('@audit/core.endBySignal')
Object.defineProperty(endBySignal, mark, { value: true })

/** The widely used `signal-exit` does not decide either, and counts its listeners where others can see it. */
function listenersThatDecide(signal: NodeJS.Signals): number {
  const others = process.listeners(signal).filter((listener) => !(mark in listener)).length
  const { [Symbol.for('signal-exit emitter')]: current } = globalThis as { readonly [key: symbol]: unknown }
  const { __signal_exit_emitter__: former } = process as { readonly __signal_exit_emitter__?: unknown }
  return others - countOf(current) - countOf(former)
}

function countOf(emitter: unknown): number {
  const { count } = (emitter ?? {}) as { readonly count?: unknown }
  return typeof count === 'number' ? count : 0
}

function idle(): void {
  for (const { onIdle } of endings) onIdle()
}

function end(): void {
  for (const { onExit } of endings) {
    const line = onExit()
    if (line === undefined) continue
    try {
      // A stream may not get its turn any more, but the descriptor works.
      writeSync(2, `audit: ${line}\n`)
    } catch {
      // stderr is gone, and there is no other place to report that.
    }
  }
}
