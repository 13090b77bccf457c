import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { acceptances } from '../../../packages/proof/dist/index.js'
import { verifyTrail, type TrailReport } from '../../../packages/cli/src/index.ts'
import { logsIn, type Base } from './bases.ts'
import { showAs, type Shown } from './copies.ts'
import { coverUp } from './covers.ts'
import { ForgedLog } from './forged-log.ts'
import { harmLog } from './harms.ts'
import { nextKey, serviceKey, strangerKey } from './keys.ts'
import type { GenuineCheckpoint, Ledger } from './ledger.ts'
import { seedLogIds } from './log-ids.ts'
import type { Given, Program } from './program.ts'
import { runStep, type StepOutcome } from './service-steps.ts'
import { foundIn, type ShownEvent } from './shown-events.ts'

/** The environment that programs run in. */
export interface World {
  readonly bases: readonly Base[]
  /** A folder that is new for each program. */
  readonly scratch: string
}

/** A service ran on a journal that had been tampered with. */
export interface ServiceRun extends StepOutcome {
  /** The names and sources of the directories of a log, by the source of its lines. */
  readonly describedAs: ReadonlyMap<string, readonly string[]>
  /** The logs with a signature or a tag when the service found them, by the source of their lines. */
  readonly signed: ReadonlySet<string>
  /** The events that earlier services had given to its sink. */
  readonly had: readonly string[]
  /** The events of the journal when the service found it. */
  readonly before: readonly ShownEvent[]
  readonly after: readonly ShownEvent[]
}

/** All results of a program, for the oracles to judge. */
export interface Outcome {
  readonly program: Program
  readonly journal: string
  readonly ledger: Ledger
  readonly runs: readonly ServiceRun[]
  readonly shown: Shown
  readonly events: readonly ShownEvent[]
  readonly verification: Verification
  /** Verifies the same input with other evidence. */
  readonly verifyWith: (given: Given) => Promise<Verification>
}

/** The verifier's report; `unreadable` if it rejected the input as not a trail (exit code 3). */
export type Verification =
  | { readonly exitCode: 0 | 1 | 4; readonly report: TrailReport }
  | { readonly exitCode: 3; readonly report: undefined; readonly problem: string }

/** Longer than any check of a trail of this size, even on a slow machine. */
const VERIFY_MS = 60_000

const exitCodeOf = { proven: 0, consistent: 0, unproven: 4, wrong: 1 } as const

export async function runProgram(program: Program, { bases, scratch }: World): Promise<Outcome> {
  rmSync(scratch, { recursive: true, force: true })
  mkdirSync(scratch, { recursive: true })
  const base = bases[program.base % bases.length]!
  const journal = join(scratch, 'journal')
  cpSync(base.directory, journal, { recursive: true })
  const ledger = base.ledger.fork()
  await tamper(program, base, bases, journal)
  const runs: ServiceRun[] = []
  seedLogIds(`program ${program.ids}`)
  let { now } = base
  let found = foundIn(journal)
  for (const [index, step] of program.services.entries()) {
    const { events: before, describedAs, signed } = found
    const outcome = await runStep(step, { journal, ledger, now, index })
    found = foundIn(journal)
    const had = step === 'resume' ? [...base.delivered, ...toMain(runs)] : []
    runs.push({ ...outcome, had, signed, describedAs, before, after: found.events })
    now = outcome.now
  }
  const shown = showAs(program.copy, journal, scratch)
  const verifyWith = (given: Given) => verify(given, { shown, journal, ledger, scratch, bases })
  return {
    program,
    journal,
    ledger,
    runs,
    shown,
    events: shown.events(),
    verification: await verifyWith(program.given),
    verifyWith,
  }
}

/** Lines that the sink of that name got since the tampering. */
function toMain(runs: readonly ServiceRun[]): readonly string[] {
  return runs.filter(({ sinkName }) => sinkName === 'main').flatMap(({ delivered }) => delivered)
}

async function tamper(
  { log, harms, covers, base: number }: Program,
  base: Base,
  bases: readonly Base[],
  journal: string,
): Promise<void> {
  const directories = logsIn(journal)
  const directory = directories[log % directories.length]!
  const older = base.older.map((state) => join(state, basename(directory))).findLast((path) => existsSync(path))
  const other = logsIn(bases[(number + 1) % bases.length]!.directory)[0]!
  const forged = ForgedLog.read(directory)
  for (const harm of harms) {
    if (!existsSync(directory)) return
    harmLog(forged, harm)
  }
  await coverUp(forged, covers, { ledger: base.ledger, older, other, nth: log + harms.length })
}

interface Input {
  readonly shown: Shown
  readonly journal: string
  readonly ledger: Ledger
  readonly scratch: string
  readonly bases: readonly Base[]
}

async function verify(given: Given, { shown, journal, ledger, scratch, bases }: Input): Promise<Verification> {
  const anchor = anchorFile(given.anchor, ledger, scratch, bases)
  try {
    const report = await verifyTrail({
      ...shown.input(),
      keys: verifierKeysOf(given),
      anchors: anchor === undefined ? [] : [anchor],
      ...(given.tiles && !shown.isJournal && { tiles: journal }),
      uniqueIds: true,
      strict: given.accept === 'strict',
      ...(given.accept === 'all' && { accept: acceptances }),
      signal: AbortSignal.timeout(VERIFY_MS),
    })
    return { exitCode: exitCodeOf[report.verdict], report }
  } catch (error) {
    // Without an errno or a code of its own, the error is a fault of the verifier.
    if ((error as { readonly code?: unknown }).code === undefined || (error as Error).name === 'TimeoutError') throw error
    return { exitCode: 3, report: undefined, problem: String(error) }
  }
}

export function verifierKeysOf({ keys }: Given): readonly string[] {
  return {
    none: [],
    service: [serviceKey.verifierKey],
    both: [serviceKey.verifierKey, nextKey.verifierKey],
    stranger: [strangerKey.verifierKey],
  }[keys]
}

/** The checkpoints that an anchor has: all of them, those of the first half, those of other trails, or of these and others. */
export function anchored(kind: Given['anchor'], ledger: Ledger, bases: readonly Base[]): readonly GenuineCheckpoint[] {
  if (kind === 'none') return []
  const others = () =>
    bases
      .map((base) => base.ledger)
      .filter((other) => !other.sources.some((source) => ledger.sources.includes(source)))
      .flatMap((other) => other.sources.flatMap((source) => other.checkpointsOf(source)))
      .slice(0, 5)
  if (kind === 'other') return others()
  const own = ledger.sources.flatMap((source) => {
    const all = ledger.checkpointsOf(source)
    return kind === 'older' ? all.slice(0, Math.ceil(all.length / 2)) : all
  })
  return kind === 'with-others' ? [...own, ...others()] : own
}

function anchorFile(kind: Given['anchor'], ledger: Ledger, scratch: string, bases: readonly Base[]): string | undefined {
  const known = anchored(kind, ledger, bases)
  if (known.length === 0) return undefined
  const path = join(scratch, `${kind}.anchor`)
  writeFileSync(path, known.map(({ origin, size, text }) => `${JSON.stringify({ origin, size, checkpoint: text })}\n`).join(''))
  return path
}
