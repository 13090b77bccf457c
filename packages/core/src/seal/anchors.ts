import { parseCheckpoint, parseNote, type Checkpoint } from '@audit/proof'
import { delay, type Clock } from '../clock.ts'
import { isDoneWithin } from '../deadline.ts'
import { AuditError } from '../errors.ts'
import { describeFailure } from '../event/describe-failure.ts'
import type { Reporter } from '../logger.ts'
import type { Anchor, AnchoredCheckpoint } from './anchor.ts'

const DEFAULT_EVERY_MS = 1_000
const DEADLINE_MS = 15_000
const RETRY_MS = 5_000

const BLIND =
  'No anchor can return its latest checkpoint, so a log that was rolled back is continued at the next start. Add one that can, such as fileAnchor().'

/** One anchor, with the latest checkpoint of each log that it has yet to get. One call at a time. */
class AnchorPost {
  readonly anchor: Anchor
  readonly #clock: Clock
  readonly #reporter: Reporter
  readonly #waiting = new Map<string, AnchoredCheckpoint>()
  readonly #isClosing = new AbortController()
  #working: Promise<void> | undefined
  #failing: { readonly since: number; readonly error: string } | undefined

  constructor(anchor: Anchor, clock: Clock, reporter: Reporter) {
    this.anchor = anchor
    this.#clock = clock
    this.#reporter = reporter
  }

  get problem(): string | undefined {
    if (!this.#failing) return undefined
    const { since, error } = this.#failing
    return `Anchor '${this.anchor.name}' has not accepted checkpoints since ${new Date(since).toISOString()}: ${error}.`
  }

  /** Resolves with the reason why checkpoints cannot be kept now, if there is one. */
  async open(): Promise<string | undefined> {
    if (!this.anchor.open) return this.problem
    try {
      const opening = this.anchor.open({ signal: AbortSignal.timeout(DEADLINE_MS) })
      if (!(await isDoneWithin(this.#clock, DEADLINE_MS, opening, { keepAlive: false })))
        throw new AuditError('AUDIT_TIMEOUT', `It did not open within ${DEADLINE_MS} ms`)
      await opening
      if (this.#waiting.size === 0) this.#failing = undefined
    } catch (error) {
      this.#fail(error)
    }
    return this.problem
  }

  publish(checkpoint: AnchoredCheckpoint): void {
    this.#waiting.set(checkpoint.origin, checkpoint)
    this.#working ??= this.#work().finally(() => (this.#working = undefined))
  }

  /** Publishes waiting checkpoints now. */
  async close(signal: AbortSignal): Promise<void> {
    this.#isClosing.abort()
    await Promise.race([this.#working, aborted(signal)])
    await this.anchor.close?.()
  }

  async #work(): Promise<void> {
    while (this.#waiting.size > 0) {
      const isDone = await this.#tell(this.#waiting.values().next().value!)
      if (!isDone && this.#isClosing.signal.aborted) return
      const pauseMs = isDone ? (this.anchor.everyMs ?? DEFAULT_EVERY_MS) : RETRY_MS
      await delay(this.#clock, pauseMs, this.#isClosing.signal, { keepAlive: false })
    }
  }

  async #tell(checkpoint: AnchoredCheckpoint): Promise<boolean> {
    try {
      await this.anchor.publish(checkpoint, { signal: AbortSignal.timeout(DEADLINE_MS) })
      if (this.#waiting.get(checkpoint.origin) === checkpoint) this.#waiting.delete(checkpoint.origin)
      this.#failing = undefined
      return true
    } catch (error) {
      this.#fail(error)
      return false
    }
  }

  #fail(error: unknown): void {
    this.#failing = { since: this.#failing?.since ?? this.#clock.now(), error: describeFailure(error) }
    this.#reporter.warn(`anchor ${this.anchor.name}`, this.problem!)
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

/** Publishes checkpoints to every anchor. One that is down does not delay the others. */
export class Anchors {
  readonly #posts: readonly AnchorPost[]
  readonly #reporter: Reporter

  constructor(anchors: readonly Anchor[], clock: Clock, reporter: Reporter) {
    this.#posts = anchors.map((anchor) => new AnchorPost(anchor, clock, reporter))
    this.#reporter = reporter
  }

  get problems(): readonly string[] {
    const isBlind = this.#posts.length > 0 && this.#posts.every(({ anchor }) => !anchor.latest)
    const failing = this.#posts.flatMap(({ problem }) => problem ?? [])
    return isBlind ? [BLIND, ...failing] : failing
  }

  /** Resolves if every anchor can keep checkpoints. Rejects with `AUDIT_ANCHOR_FAILED` and the reasons of those that cannot. */
  async opened(): Promise<void> {
    const problems = (await Promise.all(this.#posts.map((post) => post.open()))).filter((problem) => problem !== undefined)
    if (problems.length > 0) throw new AuditError('AUDIT_ANCHOR_FAILED', problems.join(' '))
  }

  publish(checkpoint: AnchoredCheckpoint): void {
    for (const post of this.#posts) post.publish(checkpoint)
  }

  /** Resolves with the largest checkpoint that any anchor has of that log. An anchor that does not answer is reported. */
  async latest(origin: string): Promise<Checkpoint | undefined> {
    const found = await Promise.all(this.#posts.map(({ anchor }) => this.#latestOf(anchor, origin)))
    return found.reduce((largest, one) => (one && one.size > (largest?.size ?? -1) ? one : largest), undefined)
  }

  /** Never rejects. */
  async close(signal: AbortSignal): Promise<void> {
    await Promise.allSettled(this.#posts.map((post) => post.close(signal)))
  }

  async #latestOf(anchor: Anchor, origin: string): Promise<Checkpoint | undefined> {
    try {
      const text = await anchor.latest?.(origin)
      return text === undefined ? undefined : parseCheckpoint(text.includes('\n\n') ? parseNote(text).text : text)
    } catch (error) {
      this.#reporter.warn(
        `anchor ${anchor.name}`,
        `Anchor '${anchor.name}' could not return its checkpoint of '${origin}' (${describeFailure(error)}); the log is not compared with it.`,
      )
      return undefined
    }
  }
}
