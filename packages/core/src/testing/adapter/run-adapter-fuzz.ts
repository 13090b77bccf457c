import type { Audit } from '../../audit/audit.ts'
import type { AnyCatalog } from '../../event/catalog.ts'
import type { AuditEvent } from '../../event/event.ts'
import { auditRecorder } from '../recorder.ts'
import { disagreements } from './expected-events.ts'
import { sabotaged, type FuzzControl } from './fuzz-controls.ts'
import { FuzzLedger } from './fuzz-ledger.ts'
import { planRequests, type HandlerAct, type PlannedRequest, type Refuses, type Stage } from './fuzz-plan.ts'
import { fuzzEvents } from './fuzz-routes.ts'
import { sendRaw } from './send-raw.ts'

/**
 * An adapter with its framework. A new platform is plugged in here: it starts an application with `fuzzRoutes`, whose middleware,
 * guards and handlers ask the ledger what to do. See `packages/koa/test/fuzzed-koa.ts`.
 */
export interface FuzzPlatform {
  readonly name: string
  /** True if its guards are classes: any 4xx from one is a denial. Otherwise they are middleware. */
  readonly hasGuardClasses?: boolean
  /** Behaviours that the framework does not support. */
  readonly cannot?: readonly (HandlerAct | `${Stage} ${Refuses['how']}` | 'queued' | 'rewritten')[]
  start(audit: Audit<AnyCatalog>, ledger: FuzzLedger): Promise<FuzzedApplication>
}

export interface FuzzedApplication {
  readonly port: number
  close(): Promise<unknown>
}

export interface FuzzOptions {
  readonly seed: number
  readonly count: number
  /** Number of simultaneous requests. Default 16. */
  readonly concurrency?: number
  readonly control?: FuzzControl | undefined
}

export interface FuzzResult {
  readonly requests: number
  readonly events: number
  /** Empty, or one line for each false or missing event and each crash. */
  readonly violations: readonly string[]
}

/** How long the last events may take after the last response. */
const SETTLE_MS = 20_000

/** Sends odd requests to an application and compares the trail with the application's own ledger. */
export async function runAdapterFuzz(platform: FuzzPlatform, options: FuzzOptions): Promise<FuzzResult> {
  const plans = planRequests(options.seed, options.count).map((plan) => within(platform, plan))
  const ledger = new FuzzLedger(plans)
  const audit = auditRecorder({ events: fuzzEvents, strict: false, denials: { anonymousPerMinute: 1_000_000 } })
  const crashes: string[] = []
  const onCrash = (error: unknown) =>
    void crashes.push(`crash: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
  process.on('uncaughtException', onCrash).on('unhandledRejection', onCrash)
  try {
    const application = await platform.start(options.control ? sabotaged(audit, options.control) : audit, ledger)
    await sendAll(plans, ledger, application.port, options.concurrency ?? 16)
    const compare = () => violationsOf(audit.events, ledger, platform)
    for (const until = Date.now() + SETTLE_MS; Date.now() < until && compare().some(isMissing);) {
      if (options.control) break
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    const missing = compare().filter(isMissing)
    await application.close()
    await audit.close()
    // An event that is recorded only at `close()` is missing while the application runs.
    return {
      requests: plans.length,
      events: audit.events.length,
      violations: [...new Set([...crashes, ...missing, ...compare()])],
    }
  } finally {
    process.off('uncaughtException', onCrash).off('unhandledRejection', onCrash)
  }
}

async function sendAll(plans: readonly PlannedRequest[], ledger: FuzzLedger, port: number, concurrency: number): Promise<void> {
  const waiting = plans.values()
  const send = async () => {
    for (const plan of waiting) ledger.clientIsDone(plan.id, await sendRaw(port, plan, ledger))
  }
  await Promise.all(Array.from({ length: concurrency }, send))
}

function violationsOf(events: readonly AuditEvent[], ledger: FuzzLedger, { hasGuardClasses }: FuzzPlatform): readonly string[] {
  const byRequest = new Map<string | undefined, AuditEvent[]>()
  for (const event of events) {
    const id = event.metadata.request?.id
    byRequest.set(id, [...(byRequest.get(id) ?? []), event])
  }
  const violations: string[] = []
  for (const entry of ledger.entries()) {
    const { id } = entry.plan
    const problems = disagreements(entry, byRequest.get(id) ?? [], hasGuardClasses)
    violations.push(...problems.map((problem) => `${problem} (${describe(entry.plan, entry.answer)})`))
    byRequest.delete(id)
  }
  for (const [id, strangers] of byRequest) violations.push(`false: ${strangers.length} events of an unknown request '${id}'`)
  return violations
}

function isMissing(violation: string): boolean {
  return violation.startsWith('missing')
}

/** Leaves out everything that the platform does not support. */
function within({ cannot = [] }: FuzzPlatform, plan: PlannedRequest): PlannedRequest {
  const refuses = Object.fromEntries(
    Object.entries(plan.refuses).filter(([stage, { how }]) => !cannot.includes(`${stage as Stage} ${how}`)),
  )
  const isRewritten = plan.isRewritten && !cannot.includes('rewritten')
  return {
    ...plan,
    refuses,
    ...(cannot.includes(plan.handler) && { handler: 'returns', client: 'reads', after: 'passes' }),
    isQueued: plan.isQueued && !cannot.includes('queued'),
    isRewritten,
    path: isRewritten ? plan.path : plan.path.replace('/v9', ''),
  }
}

function describe(plan: PlannedRequest, answer: number | undefined): string {
  const { id, method, path, refuses, handler, status, after, client, isQueued } = plan
  const refused = Object.entries(refuses).map(([stage, given]) => `${stage} ${JSON.stringify(given)}`)
  const acts = [...refused, `handler ${handler} ${status}`, after, client, ...(isQueued ? ['queued'] : [])]
  return `${id} ${method} ${path.slice(0, 60)}: ${acts.join(', ')}; answered ${answer}`
}
