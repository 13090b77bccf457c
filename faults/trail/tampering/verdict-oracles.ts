import { readTrail } from '../../../packages/core/src/index.ts'
import type { SourceReport } from '../../../packages/cli/src/index.ts'
import { openCheckpoint, parseVerifierKey } from '../../../packages/proof/dist/index.js'
import type { GenuineCheckpoint } from './ledger.ts'
import type { Violation } from './oracles.ts'
import type { Given } from './program.ts'
import { isFlagged } from './service-oracles.ts'
import { proofsOfForgeries } from './shown-proofs.ts'
import { inPlace, sequencesOf, type ShownEvent } from './shown-events.ts'
import { anchored, verifierKeysOf, type Outcome } from './trial.ts'

/** Compares the verifier's report with the ledger. */
export async function judgeVerdict(outcome: Outcome): Promise<readonly Violation[]> {
  const { verification } = outcome
  if (!verification.report) return []
  const { sources } = verification.report
  return [
    ...sources.flatMap((report) => provenAreOriginal(report, outcome)),
    ...sources.flatMap((report) => countsAreTrue(report, outcome.events)),
    ...everyEventIsCounted(outcome),
    ...absentAreNamed(outcome),
    ...(await readersAgree(outcome)),
    ...(await proofsAreOfOriginals(outcome)),
    ...(await evidenceAddsUp(outcome)),
  ]
}

function isProven({ proven }: SourceReport, sequence: number): boolean {
  return proven.some(({ from, to }) => from <= sequence && sequence < to)
}

/** A record that was left out of a filtered copy cannot say which events nothing authenticated; the journal has it. */
function provenAreOriginal(report: SourceReport, { ledger, events, shown, runs, program }: Outcome): readonly Violation[] {
  const { source } = report
  // With a stranger's key in place of the service's, the stranger's trail is proven.
  if (program.given.keys === 'stranger') return []
  const records = shown.isFiltered ? (runs.at(-1)?.after ?? []) : []
  for (const { sequence, text } of inPlace(events).filter((event) => event.source === source)) {
    if (isProven(report, sequence) && !ledger.isOriginal(source, sequence, text) && !isFlagged(records, source, sequence))
      return [{ oracle: 'proven events are original', what: `event ${sequence} of ${source} is forged and counts as proven` }]
  }
  return []
}

function countsAreTrue(report: SourceReport, events: readonly ShownEvent[]): readonly Violation[] {
  const { counts, source } = report
  const shown = inPlace(events).filter((event) => event.source === source && isProven(report, event.sequence)).length
  if (counts.proven === shown) return []
  return [{ oracle: 'counts are true', what: `${counts.proven} events of ${source} are said to be proven, and ${shown} are` }]
}

function everyEventIsCounted({ verification, events }: Outcome): readonly Violation[] {
  const { sources, counts } = verification.report!
  const violations: Violation[] = []
  for (const { source, counts: each } of sources) {
    const { proven, unsealed, unproven, wrong } = each
    if (Math.min(proven, unsealed, unproven, wrong) < 0 || proven + unsealed + unproven + wrong !== each.events)
      violations.push({
        oracle: 'every event is counted',
        what: `the counts of ${source} do not add up: ${JSON.stringify(each)}`,
      })
  }
  if (verification.exitCode === 1) return violations
  // A verifier that finds something wrong may ignore lines of no log, but must report them.
  const there = [...sequencesOf(events).values()].reduce((sum, { size }) => sum + size, 0)
  if (counts.events !== there)
    violations.push({
      oracle: 'every event is counted',
      what: `${there} events are there, and ${counts.events} are counted, at exit code ${verification.exitCode}`,
    })
  return violations
}

/** Each sequence below the largest genuine checkpoint given to the verifier is in the input, or in a range of the report. */
function absentAreNamed({ verification, events, ledger, program }: Outcome): readonly Violation[] {
  const keys = verifierKeysOf(program.given)
  if (keys.length === 0 || program.given.keys === 'stranger') return []
  const known = new Map<string, number>()
  const learn = (text: string) => {
    for (const source of ledger.sources)
      for (const each of ledger.checkpointsOf(source))
        if (each.text === text && isSignedBy(keys, each)) known.set(source, Math.max(known.get(source) ?? 0, each.size))
  }
  for (const { text } of anchored(program.given.anchor, ledger, [])) learn(text)
  // A damaged line, or a line at a wrong position, is not evidence.
  for (const { text, isIntact } of inPlace(events)) if (isIntact) for (const sealed of sealedIn(text)) learn(sealed)
  const there = sequencesOf(events)
  for (const [source, size] of known) {
    const report = verification.report!.sources.find((each) => each.source === source)
    for (let sequence = 0; sequence < size; sequence++) {
      const isNamed = report?.absent.some(({ from, to }) => from <= sequence && sequence <= to) ?? false
      if (!isNamed && !there.get(source)?.has(sequence))
        return [
          {
            oracle: 'absent events are named',
            what: `event ${sequence} of ${source} is not there, and the report does not say so`,
          },
        ]
    }
  }
  return []
}

/** Answers about checkpoints that were asked for before. */
const signedKnown = new Map<string, boolean>()

/** A verifier does not trust a checkpoint of a key that it did not get. */
function isSignedBy(keys: readonly string[], { origin, text }: GenuineCheckpoint): boolean {
  const asked = [...keys, origin, text].join('\n')
  const isSigned = signedKnown.get(asked) ?? opens(keys, origin, text)
  signedKnown.set(asked, isSigned)
  return isSigned
}

function opens(keys: readonly string[], origin: string, text: string): boolean {
  try {
    openCheckpoint(text, { origin, verifiers: keys.map(parseVerifierKey) })
    return true
  } catch {
    return false
  }
}

function sealedIn(text: string): readonly string[] {
  if (!text.includes('"action":"sealed"')) return []
  const { payload } = JSON.parse(text) as { readonly payload?: { readonly checkpoint?: unknown } }
  return typeof payload?.checkpoint === 'string' ? [payload.checkpoint] : []
}

/** When nothing is wrong, readers show exactly what was verified; a line that they leave out would go unnoticed. */
async function readersAgree({ shown, journal, verification, events }: Outcome): Promise<readonly Violation[]> {
  if (!shown.isJournal || verification.exitCode === 1) return []
  const seen = new Map<string, string>()
  for await (const event of readTrail(journal, {})) {
    const { source, sequence } = event as { readonly source?: string; readonly sequence?: number }
    seen.set(`${source} ${sequence}`, JSON.stringify(event))
  }
  const expected = new Set(events.map(({ source, sequence }) => `${source} ${sequence}`))
  const missing = [...expected].find((place) => !seen.has(place))
  const more = [...seen.keys()].find((place) => !expected.has(place))
  if (missing === undefined && more === undefined) return []
  const what = missing === undefined ? `readers show ${more}, which was not verified` : `readers do not show ${missing}`
  return [{ oracle: 'readers agree', what: `${what}, at exit code ${verification.exitCode}` }]
}

async function proofsAreOfOriginals(outcome: Outcome): Promise<readonly Violation[]> {
  if (!outcome.shown.isJournal) return []
  const forged = await proofsOfForgeries(outcome)
  return forged.map((event) => ({
    oracle: 'proofs are of originals',
    what: `there is a good proof of the forged event ${event}`,
  }))
}

/**
 * A key, an anchor or `--strict` never makes a wrong trail right. Only hashes (tiles) do: they show that a
 * part is not a trail with gaps. A key or an anchor may prove more events.
 */
async function evidenceAddsUp({ program, verification, verifyWith }: Outcome): Promise<readonly Violation[]> {
  const { given } = program
  if (verification.exitCode !== 0) return []
  const less: readonly Given[] = [
    ...(given.anchor === 'none' ? [] : [{ ...given, anchor: 'none' as const }]),
    ...(given.keys === 'none' ? [] : [{ ...given, keys: 'none' as const }]),
    ...(given.accept === 'strict' ? [{ ...given, accept: 'default' as const }] : []),
  ]
  for (const each of less) {
    // With `--strict` and no evidence, nothing is accepted.
    if (each.accept === 'strict' && each.keys === 'none' && each.anchor === 'none') continue
    const { exitCode } = await verifyWith(each)
    if (exitCode === 1 || (exitCode !== 0 && each.accept !== given.accept))
      return [
        {
          oracle: 'evidence adds up',
          what: `exit code 0 given ${JSON.stringify(given)}, and ${exitCode} given ${JSON.stringify(each)}`,
        },
      ]
  }
  return []
}
