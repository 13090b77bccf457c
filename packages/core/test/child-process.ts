import { spawn, spawnSync, type ChildProcess, type SpawnSyncReturns } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { onTestFinished } from 'vitest'

const sources = new URL('../src/index.ts', import.meta.url).href

/**
 * The beginning of every program: a catalog with `flag:created`, an audit on a directory, and sinks that fail in different ways.
 */
function program(directory: string, body: string, core: string): string {
  return `
    import { createAudit, defineEvents, fileJournal, memorySink, SinkError } from ${JSON.stringify(core)}
    const schema = { '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) } }
    const events = defineEvents({ flag: { created: schema } })
    const stuck = { name: 'out', write: () => new Promise(() => {}) }
    const open = (sinks = []) => createAudit({
      service: 'svc', events, journal: fileJournal({ directory: ${JSON.stringify(directory)} }),
      sinks: sinks.map((sink) => ({ sink, events: ['flag:*'], batch: { maxAgeMs: 0 } })),
    })
    const record = (audit, from, count) =>
      Array.from({ length: count }, (_, index) => audit.record('flag:created', { key: String(from + index) }))
    ${body}`
}

export interface ProgramOptions {
  readonly core?: string
  /** The command that runs a program: node and its own arguments. */
  readonly node?: readonly [string, ...string[]]
}

/** Runs a program to its end. */
export function runProgram(directory: string, body: string, options: ProgramOptions = {}): SpawnSyncReturns<string> {
  const { core = sources, node = [process.execPath] } = options
  const [command, ...before] = node
  const given = [...before, '--input-type=module', '-e', program(directory, body, core)]
  return spawnSync(command, given, { encoding: 'utf8' })
}

/** Starts a program and resolves once it prints `done`. It is killed at the end of the test at the latest. */
export async function startProgram(directory: string, body: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', program(directory, body, sources)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
  onTestFinished(() => void child.kill('SIGKILL'))
  for await (const line of createInterface({ input: child.stdout })) if (line === 'done') return child
  throw new Error(`The program ended too early, with ${child.exitCode ?? child.signalCode}: ${errors}`)
}

/** Ends it like a crash: none of its code runs any more. */
export async function killProgram(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}
