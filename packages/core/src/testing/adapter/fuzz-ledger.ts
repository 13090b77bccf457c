import { once, EventEmitter } from 'node:events'
import { Readable } from 'node:stream'
import type { PlannedRequest, Stage } from './fuzz-plan.ts'
import type { Operation } from './fuzz-routes.ts'

/** The ways in which a framework does what a stage is planned to do. */
export interface StageAnswers {
  /** Throws the framework's own HTTP error. */
  throws(status: number): never
  /** Answers with that status, without a throw. */
  answers(status: number): void
  redirects(): void
}

/** The ways in which a handler reaches its request. */
export interface HandlerAnswers extends StageAnswers {
  denies(): Promise<unknown>
  /** Null for an event without a payload. */
  records(operation: Operation | null): Promise<unknown>
  /** Calls back from an event of the request's stream, where Node loses the asynchronous context. */
  atRequestEnd(callback: () => Promise<unknown>): Promise<unknown>
  signsOut(): void
}

/** The application's knowledge of one request. */
export interface LedgerEntry {
  readonly plan: PlannedRequest
  /** The last stage that was called. */
  stage?: Stage
  /** True if that stage did not pass on. */
  isRefused: boolean
  /** True if the middleware that signs in has passed on. */
  isSignedIn: boolean
  handler?: {
    readonly key: string
    state: 'running' | 'returned' | 'threw'
    /** The status it chose without a throw. */
    status: number
  }
  /** The status that the client saw; undefined if it saw none. */
  answer?: number | undefined
}

const MAX_CHUNKS = 20_000
/** How long the first call of a queue waits, so that others queue behind it. */
const GATHERING_MS = 5

/**
 * A record of what the application under test did and for which caller, written by the application itself: its middleware, guards
 * and handlers ask here what to do. An adapter never sees it.
 */
export class FuzzLedger {
  readonly #entries: ReadonlyMap<string, LedgerEntry>
  /** Emits `began <id>` when a handler begins and `done <id>` when a client has its answer or has left. */
  readonly #signals = new EventEmitter().setMaxListeners(0)
  readonly #done = new Set<string>()
  readonly #waiting: (() => void)[] = []
  #isBusy = false

  constructor(plans: readonly PlannedRequest[]) {
    this.#entries = new Map(plans.map((plan) => [plan.id, { plan, isRefused: false, isSignedIn: false }]))
  }

  entryOf(id: string): LedgerEntry {
    return this.#entries.get(id)!
  }

  entries(): Iterable<LedgerEntry> {
    return this.#entries.values()
  }

  /** Called by every stage. Resolves with false if the stage has answered itself and must not pass on. */
  async passes(stage: Stage, id: string, answers: StageAnswers): Promise<boolean> {
    const entry = this.entryOf(id)
    const refuses = entry.plan.refuses[stage]
    entry.stage = stage
    entry.isRefused = refuses !== undefined
    if (stage === 'auth' && !refuses) entry.isSignedIn = true
    if (!refuses) return true
    await Promise.resolve()
    if (refuses.how === 'breaks') throw new TypeError('secret: a stage broke')
    if (refuses.how === 'throws') answers.throws(refuses.status)
    if (refuses.how === 'answers') answers.answers(refuses.status)
    if (refuses.how === 'redirects') answers.redirects()
    return false
  }

  /** Wraps everything from the guard on: a queue of one, whose waiting calls run in the context of the previous call. */
  queued<T>(id: string, next: () => Promise<T>): Promise<T> {
    if (!this.entryOf(id).plan.isQueued) return next()
    return new Promise((resolve, reject) => {
      this.#waiting.push(() => void next().then(resolve, reject).finally(this.#runNext))
      if (this.#isBusy) return
      this.#isBusy = true
      setTimeout(this.#runNext, GATHERING_MS)
    })
  }

  readonly #runNext = (): void => {
    const call = this.#waiting.shift()
    this.#isBusy = call !== undefined
    call?.()
  }

  /** Wraps everything inside, as a timeout or a serializer does. */
  async around<T>(id: string, next: () => Promise<T>, answers: StageAnswers): Promise<T> {
    const { plan } = this.entryOf(id)
    if (plan.after === 'times-out') {
      const timeout = this.handlerOf(id).then(() => answers.throws(504))
      return Promise.race([next(), timeout])
    }
    const result = await next()
    if (plan.after === 'throws' && this.entryOf(id).handler?.state === 'returned')
      throw new TypeError('secret: after the handler')
    return result
  }

  /** Called by every handler of a route that does not stream. Resolves with the body; undefined if there is no body. */
  async handle(id: string, key: string, answers: HandlerAnswers): Promise<unknown> {
    const entry = this.entryOf(id)
    entry.handler = { key, state: 'running', status: 200 }
    this.#signals.emit(`began ${id}`)
    try {
      const body = await this.#act(entry, { by: entry.plan.user, key }, answers)
      entry.handler.state = 'returned'
      return body
    } catch (error) {
      entry.handler.state = 'threw'
      throw error
    }
  }

  /** The body of a route that streams: short, broken, or as long as its client stays. */
  stream(id: string, key: string): Readable {
    const entry = this.entryOf(id)
    entry.handler = { key, state: 'returned', status: 200 }
    this.#signals.emit(`began ${id}`)
    return Readable.from(this.#chunks(entry.plan))
  }

  async *#chunks({ id, handler, client }: PlannedRequest): AsyncGenerator<Buffer> {
    yield Buffer.alloc(1_000)
    if (handler === 'broken-stream') throw new RangeError('secret: a stream broke')
    if (client !== 'leaves-in-answer') return
    for (let count = 0; !this.#done.has(id) && count < MAX_CHUNKS; count++) {
      await new Promise((resolve) => setImmediate(resolve))
      yield Buffer.alloc(1_000)
    }
  }

  async #act({ plan, handler }: LedgerEntry, operation: Operation, answers: HandlerAnswers): Promise<unknown> {
    await new Promise((resolve) => setImmediate(resolve))
    const hasPayload = plan.route?.method !== 'GET'
    const chooses = (status: number) => {
      handler!.status = status
      answers.answers(status)
    }
    switch (plan.handler) {
      case 'returns-nothing':
        return chooses(204)
      case 'redirects':
        return answers.redirects()
      case 'throws':
        return answers.throws(plan.status)
      case 'answers':
        return chooses(plan.status)
      case 'breaks':
        throw new TypeError('secret: a handler broke')
      case 'throws-text':
        throw 'secret text'
      case 'slow':
      case 'slow-breaks':
        await this.done(plan.id)
        if (plan.handler === 'slow-breaks') throw new TypeError('secret: a slow handler broke')
        return operation
      case 'denies':
        await answers.denies()
        return operation
      case 'records':
        await answers.records(hasPayload ? operation : null)
        return {}
      case 'records-at-request-end':
        await answers.atRequestEnd(() => answers.records(hasPayload ? operation : null))
        return {}
      case 'signs-out':
        answers.signsOut()
        return operation
      case 'unserializable': {
        const cyclic: Record<string, unknown> = { ...operation }
        cyclic['self'] = cyclic
        return cyclic
      }
      default:
        return operation
    }
  }

  /** Resolves when the handler of a request has begun, which it may have already. */
  async handlerOf(id: string): Promise<void> {
    if (!this.entryOf(id).handler) await once(this.#signals, `began ${id}`)
  }

  /** Resolves when the client of a request has its answer or has left. */
  async done(id: string): Promise<void> {
    if (!this.#done.has(id)) await once(this.#signals, `done ${id}`)
  }

  /** Called by the driver. */
  clientIsDone(id: string, answer: number | undefined): void {
    this.entryOf(id).answer = answer
    this.#done.add(id)
    this.#signals.emit(`done ${id}`)
  }
}
