import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { AuditHealth, AuditStats, DeadLetter, Audit } from '../../../packages/core/dist/index.js'
import { atPace } from '../pace.ts'
import type { ServiceMessage, ServiceRequest, ServiceSettings } from './service-settings.ts'

export interface ServiceProcessOptions {
  readonly environment?: Readonly<Record<string, string>>
  /** The user it runs as. */
  readonly uid?: number
  readonly execArgv?: readonly string[]
  /** Another program with the same channel. */
  readonly program?: URL
}

const SERVICE = new URL('service.ts', import.meta.url)
const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** A service in a separate process. Its acknowledgements count from the time they are read here. */
export class ServiceProcess {
  readonly settings: ServiceSettings
  /** Ids by number. */
  readonly acknowledged: Map<number, string> = new Map()
  /** Codes by number. */
  readonly rejected: Map<number, string> = new Map()
  /** Its warnings and errors, with their times. */
  readonly said: { readonly message: string; readonly at: number }[] = []
  readonly exited: Promise<number | NodeJS.Signals>
  readonly #child: ChildProcess
  readonly #answers = new Map<number, { resolve: (result: any) => void; reject: (error: Error) => void }>()
  #requests = 0
  #next = 0
  #stderr = ''

  constructor(settings: ServiceSettings, options: ServiceProcessOptions = {}) {
    this.settings = settings
    const child = fork(options.program ?? SERVICE, [JSON.stringify(settings)], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      execArgv: [...(options.execArgv ?? [])],
      env: { ...process.env, AUDIT_DIRECTORY: '', ...options.environment },
      ...(options.uid !== undefined && { uid: options.uid, gid: options.uid }),
    })
    this.#child = child
    running.add(child)
    child.stderr!.on('data', (data: Buffer) => (this.#stderr = (this.#stderr + data.toString()).slice(-4_000)))
    child.on('message', (message) => this.#hear(message as ServiceMessage))
    this.exited = once(child, 'exit').then(([code, signal]) => {
      running.delete(child)
      for (const { reject } of this.#answers.values()) reject(new Error(`The service ended: ${signal ?? code}. ${this.#stderr}`))
      return (signal ?? code) as number | NodeJS.Signals
    })
  }

  get pid(): number {
    return this.#child.pid!
  }

  /** The end of what it wrote to stderr. */
  get stderr(): string {
    return this.#stderr
  }

  /** Reserves this many numbers for entries, and returns the first. */
  reserve(count: number): number {
    this.#next += count
    return this.#next - count
  }

  /** Resolves when each call has a result. */
  async record(count: number, text?: string): Promise<void> {
    await this.ask({ call: 'record', count, from: this.reserve(count), ...(text !== undefined && { text }) })
  }

  /** Records them by a few callers at a time, and resolves with the milliseconds that each waited. */
  latencies(count: number): Promise<readonly number[]> {
    return this.ask({ call: 'latencies', count, from: this.reserve(count) })
  }

  /** Records this number of entries, again and again, until `pause`. */
  async stream(burst: number, everyMs: number): Promise<void> {
    await this.ask({ call: 'stream', burst, everyMs, from: this.reserve(1_000_000_000) })
  }

  ready(): Promise<void> {
    return this.ask({ call: 'ready' })
  }

  stats(): Promise<AuditStats> {
    return this.ask({ call: 'stats' })
  }

  health(): Promise<AuditHealth> {
    return this.ask({ call: 'health' })
  }

  letters(): Promise<readonly DeadLetter[]> {
    return this.ask({ call: 'letters' })
  }

  replay(sink: string): ReturnType<Audit['deadLetters']['replay']> {
    return this.ask({ call: 'replay', sink })
  }

  /** Closes the audit, ends the process, and returns its last counters. */
  async close(timeoutMs: number = atPace(30_000)): Promise<AuditStats> {
    const stats = await this.ask<AuditStats>({ call: 'close', timeoutMs })
    this.#child.disconnect()
    await this.exited
    return stats
  }

  ask<Result>(asked: ServiceRequest): Promise<Result> {
    const request = this.#requests++
    return new Promise<Result>((resolve, reject) => {
      this.#answers.set(request, { resolve, reject })
      this.#child.send({ ...asked, request }, (error) => error && reject(error))
    })
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Kills it, and resolves with the entries that it had acknowledged before. */
  async kill(): Promise<ReadonlyMap<number, string>> {
    const acknowledged = new Map(this.acknowledged)
    this.#child.kill('SIGKILL')
    await this.exited
    return acknowledged
  }

  #hear(message: ServiceMessage): void {
    if (message.kind === 'acknowledged') for (const [n, id] of message.entries) this.acknowledged.set(n, id)
    if (message.kind === 'rejected') for (const [n, code] of message.entries) this.rejected.set(n, code)
    if (message.kind === 'said') this.said.push({ message: message.message, at: performance.now() })
    if (message.kind !== 'answer') return
    const answer = this.#answers.get(message.request)
    this.#answers.delete(message.request)
    if (message.error === undefined) answer?.resolve(message.result)
    else answer?.reject(new Error(message.error))
  }
}
