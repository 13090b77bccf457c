import type { Cause, Finding, TrailReport } from '../../../packages/cli/src/index.ts'
import type { DoubtReason } from '../../../packages/cli/src/verify/report.ts'
import type { SealRefusal } from '../../../packages/core/src/file-journal/seal/seal-start.ts'
import type { OracleName, Violation } from './oracles.ts'
import type { Given, Program } from './program.ts'
import { runProgram, type Outcome, type World } from './trial.ts'

// Ways of tampering that were once not found. A program that is found at random is added here after it was made small.

export interface KnownAttack {
  readonly name: string
  readonly program: Program
  /** The correct exit codes, which take precedence over the general promises. */
  readonly exitCodes?: readonly (0 | 1 | 3 | 4)[]
  /** The verifier must have found this. */
  readonly cause?: Cause
  /** Why the verifier must not call everything proven. */
  readonly doubt?: DoubtReason
  /** A service that found it must have recorded this reason in `audit:recovered`, or any. */
  readonly recorded?: SealRefusal | HeldReason | 'any'
  /** No service may have signed the log again. */
  readonly isSealedNoMore?: true
  /** A service must have warned of it in these words. */
  readonly warned?: string
  /** A state of the base that differs from the one that its services left. */
  readonly state?: 'older'
}

/** Why lines are held. */
type HeldReason = 'torn' | 'unauthenticated'

/** The indexes of `basePlans`. */
const [SHORT, CLOSED, KILLED, LONG, THREE] = [0, 1, 2, 3, 5]
const everything: Given = { keys: 'both', anchor: 'newest', tiles: false, accept: 'default' }
const keyOnly: Given = { ...everything, anchor: 'none' }

function attack(program: Partial<Program>): Program {
  return {
    base: CLOSED,
    log: 0,
    harms: [],
    services: [],
    copy: 'none',
    given: everything,
    ids: 0,
    ...program,
    covers: { checksums: 'recompute', ...program.covers },
  }
}

const firstGone = { do: 'delete', set: 'one', at: 0 } as const
const allAltered = { do: 'alter', set: 'all-but-seals', at: 0 } as const

export const knownAttacks: readonly KnownAttack[] = [
  {
    name: 'the first line claims that it was trimmed, no tiles, everything altered',
    program: attack({
      harms: [firstGone, allAltered],
      covers: { trimmed: 'claim', segments: 'fit', leaves: 'delete', upperTiles: 'delete' },
    }),
    exitCodes: [1, 4],
  },
  {
    name: 'the same with the copy of a sink',
    program: attack({ harms: [firstGone, allAltered], covers: { trimmed: 'claim' }, copy: 'all' }),
    exitCodes: [1, 4],
  },
  {
    name: 'the first line of a copy is cut off, everything altered',
    program: attack({ base: SHORT, harms: [firstGone, allAltered], copy: 'all' }),
    exitCodes: [1, 4],
  },
  {
    name: 'an event stands behind the end of a closed log',
    program: attack({ harms: [{ do: 'insert', at: 'end', count: 1 }] }),
    exitCodes: [1],
  },
  {
    name: 'an event stands behind the end, and the service goes on',
    program: attack({ harms: [{ do: 'insert', at: 'end', count: 2 }], services: ['close'] }),
    recorded: 'any',
  },
  {
    name: 'an event stands behind the last seal of a killed service, and another adopts the log',
    program: attack({ base: THREE, harms: [{ do: 'insert', at: 'end', count: 2 }], services: ['adopt'] }),
    recorded: 'any',
  },
  {
    name: 'a whole line of no log stands at the end',
    program: attack({ harms: [{ do: 'insert', at: 'end', count: 1, of: 'elsewhere' }] }),
    exitCodes: [1],
  },
  {
    name: 'a whole line without source and sequence stands at the end',
    program: attack({ harms: [{ do: 'insert', at: 'end', count: 1, of: 'none' }] }),
    exitCodes: [1],
  },
  {
    name: 'the same at the end of a copy',
    program: attack({ harms: [{ do: 'insert', at: 'end', count: 1, of: 'none' }], copy: 'all' }),
    exitCodes: [0, 1],
  },
  {
    name: 'the log has another name in its description',
    program: attack({ covers: { description: 'rename' } }),
    exitCodes: [1],
    cause: 'foreign',
  },
  {
    name: 'the journal has a description of its own',
    program: attack({ covers: { extra: 'root-description' } }),
    exitCodes: [1],
  },
  { name: 'no line has its checksum', program: attack({ covers: { checksums: 'delete' } }), exitCodes: [1] },
  { name: 'one line end is gone', program: attack({ covers: { extra: 'lost-line-end' } }), exitCodes: [1] },
  { name: 'a link stands for the segments', program: attack({ covers: { extra: 'link' } }), exitCodes: [1] },
  {
    name: 'a covered event is altered, and the service goes on',
    program: attack({ harms: [{ do: 'alter', set: 'one', at: 7 }], services: ['close'] }),
    exitCodes: [1],
    recorded: 'changed',
  },
  {
    name: 'a covered event of a killed service is altered, and the next start finds lines that are not sealed yet',
    program: attack({ base: KILLED, harms: [{ do: 'alter', set: 'one', at: 7 }], services: ['close'] }),
    exitCodes: [1],
    recorded: 'changed',
    isSealedNoMore: true,
  },
  {
    name: 'a filtered copy is altered, and so is one level of the tiles',
    program: attack({
      base: LONG,
      harms: [allAltered],
      covers: { leaves: 'recompute' },
      copy: 'filtered',
      given: { ...everything, tiles: true },
    }),
    exitCodes: [1, 4],
  },
  {
    name: 'leaves without lines are signed',
    program: attack({
      base: LONG,
      harms: [{ do: 'delete', set: 'all-but-last', at: 0 }],
      covers: { sequences: 'jump', trimmed: 'claim', segments: 'join', leaves: 'extend', places: 'beyond' },
      services: ['close'],
    }),
    exitCodes: [1],
  },
  {
    name: 'the checkpoint is gone, and a forged event is delivered',
    program: attack({
      base: KILLED,
      harms: [{ do: 'insert', at: 'end', count: 1 }],
      covers: { checkpoint: 'delete' },
      services: ['close'],
    }),
  },
  {
    name: 'a whole log is there twice',
    program: attack({ base: KILLED, harms: [allAltered], covers: { extra: 'twin' }, services: ['close'] }),
    exitCodes: [1],
  },
  {
    name: 'the first checkpoint is put back, without tiles and seals',
    program: attack({
      harms: [allAltered],
      covers: {
        checkpoint: 'empty',
        leaves: 'delete',
        upperTiles: 'delete',
        seals: 'delete',
        sequences: 'recompute',
        closed: 'delete',
      },
      given: keyOnly,
    }),
    exitCodes: [1, 4],
  },
  {
    name: 'an event in the middle is gone',
    program: attack({ harms: [{ do: 'delete', set: 'one', at: 40 }] }),
    exitCodes: [1],
    cause: 'missing',
  },
  {
    name: 'two events change places',
    program: attack({ harms: [{ do: 'swap', at: 40 }] }),
    exitCodes: [1],
    cause: 'out-of-order',
  },
  {
    name: 'the end is cut off below the checkpoint',
    program: attack({ harms: [{ do: 'delete', set: 'suffix', at: 0 }], given: keyOnly }),
    exitCodes: [1],
    cause: 'truncated',
  },
  {
    name: 'an event is altered, and its checksum made anew',
    program: attack({ harms: [{ do: 'alter', set: 'one', at: 40 }] }),
    exitCodes: [1],
    cause: 'changed',
  },
  {
    name: 'everything is made anew, and signed by a key of the same name',
    program: attack({
      harms: [allAltered],
      covers: { leaves: 'recompute', upperTiles: 'recompute', checkpoint: 'stranger', seals: 'delete', sequences: 'recompute' },
    }),
    exitCodes: [1, 4],
  },
  {
    name: 'the checkpoint is not signed',
    program: attack({
      harms: [allAltered],
      covers: { leaves: 'recompute', upperTiles: 'recompute', checkpoint: 'unsigned', seals: 'delete', sequences: 'recompute' },
    }),
    exitCodes: [1],
    cause: 'bad-signature',
  },
  {
    name: 'an old event is there once more, as a new one',
    program: attack({ harms: [{ do: 'replay', at: 40 }] }),
    exitCodes: [1],
    cause: 'replayed',
  },
  {
    name: 'a line in the middle cannot be read',
    program: attack({ covers: { extra: 'lost-line-end' } }),
    exitCodes: [1],
    cause: 'unreadable',
  },
  { name: 'an older copy of everything is put back', program: attack({}), state: 'older', exitCodes: [1], cause: 'rolled-back' },
  {
    name: 'an older copy is put back and goes on, and the anchor knows both',
    program: attack({ base: THREE, services: ['busy'] }),
    state: 'older',
    exitCodes: [1],
    cause: 'forked',
  },
  {
    name: 'an older copy is put back, and the anchor can tell',
    program: attack({ services: ['telling-anchor'] }),
    state: 'older',
    recorded: 'rolled-back',
  },
  {
    name: 'a line behind the end',
    program: attack({ harms: [{ do: 'insert', at: 'end', count: 1 }] }),
    exitCodes: [1],
    cause: 'after-end',
  },
  {
    name: 'the checkpoint is gone, and the service goes on',
    program: attack({ covers: { checkpoint: 'delete' }, services: ['close'] }),
    recorded: 'checkpoint-missing',
  },
  {
    name: 'the checkpoint is of another log, and the service goes on',
    program: attack({ covers: { checkpoint: 'other' }, services: ['close'] }),
    recorded: 'checkpoint-not-ours',
  },
  {
    name: 'the hashes are altered, and the service goes on',
    program: attack({ harms: [allAltered], covers: { leaves: 'recompute', upperTiles: 'recompute' }, services: ['close'] }),
    recorded: 'hashes-changed',
  },
  {
    name: 'the end is cut off, and the service goes on',
    program: attack({ harms: [{ do: 'delete', set: 'suffix', at: 0 }], covers: { places: 'delete' }, services: ['close'] }),
    recorded: 'truncated',
  },
  {
    name: 'an unsealed line says that the first half was deleted',
    program: attack({
      base: KILLED,
      harms: [{ do: 'delete', set: 'prefix', at: 0 }],
      covers: { trimmed: 'claim-last', segments: 'fit' },
    }),
    exitCodes: [1, 4],
    doubt: 'trimmed-unsealed',
  },
  {
    name: 'processes without a tag key wrote the end, and one with a key goes on',
    program: attack({ base: KILLED, services: ['remote-signer', 'close'] }),
    recorded: 'untagged',
  },
  {
    name: 'a covered line cannot be read, and the service goes on',
    program: attack({ covers: { extra: 'lost-line-end' }, services: ['close'] }),
    exitCodes: [1],
    recorded: 'unreadable',
  },
  {
    name: 'a log without its beginning and without a seal goes on',
    program: attack({
      harms: [{ do: 'delete', set: 'prefix', at: 0 }],
      covers: {
        checkpoint: 'empty',
        trimmed: 'claim',
        segments: 'fit',
        leaves: 'delete',
        upperTiles: 'delete',
        seals: 'delete',
        places: 'delete',
      },
      services: ['close'],
    }),
    recorded: 'begins-late',
  },
  {
    name: 'no line is intact, and the description is gone',
    program: attack({ covers: { checksums: 'delete', description: 'delete' } }),
    exitCodes: [1],
  },
  {
    name: 'the first half is altered, with the seal at its end',
    program: attack({ harms: [{ do: 'alter', set: 'prefix', at: 0 }], given: keyOnly }),
    exitCodes: [1],
  },
  {
    name: 'one line of a killed log is left, and signed by a stranger',
    program: attack({
      base: KILLED,
      harms: [
        { do: 'alter', set: 'all-but-last', at: 0 },
        { do: 'delete', set: 'all-but-seals', at: 0 },
      ],
      covers: { checkpoint: 'stranger' },
    }),
    exitCodes: [1],
  },
  {
    name: 'without tags, the durable mark points into a forged line',
    program: attack({ harms: [{ do: 'insert', at: 'end', count: 1 }], covers: { tags: 'delete' }, services: ['close'] }),
    recorded: 'unauthenticated',
  },
  {
    name: 'a crash cut off a group, and the service goes on',
    program: attack({ base: LONG, services: ['close'] }),
    recorded: 'torn',
  },
  {
    name: 'no checkpoint and no tag is left of an altered log, and the service goes on',
    program: attack({
      base: KILLED,
      harms: [allAltered],
      covers: { checkpoint: 'delete', tags: 'delete' },
      services: ['close'],
    }),
    recorded: 'checkpoint-missing',
  },
  {
    name: 'a signer without a tag key finds the description and the checkpoint of another log',
    program: attack({
      covers: { sequences: 'jump', checkpoint: 'other', description: 'other' },
      services: ['remote-signer'],
    }),
    exitCodes: [1],
  },
  {
    name: 'the lock is not a database, and the service goes on',
    program: attack({ covers: { lock: 'foreign' }, services: ['close'] }),
    warned: "lock.db' is not a lock database",
  },
  {
    name: 'every user may write to the segments, and the service goes on',
    program: attack({ harms: [{ do: 'alter', set: 'one', at: 7 }], covers: { extra: 'open-to-all' }, services: ['close'] }),
    exitCodes: [1],
    warned: 'Every user can write',
  },
  {
    name: 'an event stands behind the last checkpoint, and the signer is away',
    program: attack({ base: KILLED, harms: [{ do: 'insert', at: 'end', count: 1 }], services: ['signer-away'] }),
    recorded: 'unauthenticated',
  },
  { name: 'segments look a month old', program: attack({ covers: { extra: 'old-times' }, services: ['keep-a-week'] }) },
  {
    name: 'sinks are said to be beyond the end',
    program: attack({ base: KILLED, covers: { places: 'beyond' }, services: ['resume'] }),
  },
  {
    name: 'a planted command purges a planted dead letter',
    program: attack({ covers: { extra: 'command' }, services: ['close'] }),
  },
  {
    name: 'an older copy of the log has a directory of its own, and services go on',
    program: attack({ base: KILLED, covers: { extra: 'older-twin' }, services: ['adopt', 'close'] }),
    exitCodes: [1],
    warned: 'is a copy, move it out of the journal',
  },
  {
    name: 'an owner has the last term but one, and the service starts twice',
    program: attack({ base: KILLED, covers: { owner: 'last' }, services: ['close', 'close'] }),
    exitCodes: [0],
    warned: 'no log is started that often',
  },
  {
    name: 'a segment has the last term but one, and the service starts twice',
    program: attack({ base: KILLED, covers: { segments: 'empty-last' }, services: ['close', 'close'] }),
    exitCodes: [1],
    warned: 'no log is started that often',
  },
  {
    name: 'a person releases what an attacker planted, and it is not signed in its place',
    program: attack({
      harms: [{ do: 'insert', at: 'end', count: 2 }],
      covers: { tags: 'delete' },
      services: ['close', 'release'],
    }),
    recorded: 'unauthenticated',
  },
  {
    name: 'a planted mark says that a log is held, and a person releases it',
    program: attack({
      base: KILLED,
      harms: [{ do: 'insert', at: 'end', count: 1 }],
      covers: { damaged: 'plant-held' },
      services: ['release', 'close'],
    }),
  },
  {
    name: 'covered lines are numbered anew and have no hashes, and a service without a tag key starts',
    program: attack({
      base: SHORT,
      harms: [{ do: 'insert', at: 323, count: 3 }],
      covers: { leaves: 'delete', sequences: 'recompute' },
      services: ['signer-away'],
    }),
    exitCodes: [1],
  },
  {
    name: 'the last group has a hole and a tag, and events stand behind its tag',
    program: attack({
      base: THREE,
      log: 2,
      harms: [
        { do: 'delete', set: 'prefix', at: 0 },
        { do: 'insert', at: 'end', count: 3 },
        { do: 'swap', at: 527 },
      ],
      covers: { checksums: 'keep', segments: 'fit', sequences: 'recompute' },
      services: ['close'],
      given: keyOnly,
    }),
    recorded: 'unauthenticated',
  },
  {
    name: 'the last group has a hole, and ends with its tag',
    program: attack({
      base: THREE,
      log: 2,
      harms: [{ do: 'swap', at: 69 }],
      covers: { checksums: 'keep', sequences: 'recompute' },
      services: ['close'],
      given: keyOnly,
    }),
    recorded: 'torn',
  },
  { name: 'a planted dead letter is replayed', program: attack({ covers: { extra: 'letter' }, services: ['replay-letters'] }) },
]

/** Expectation of a known attack, in addition to those of every program. */
export function judgeAttack(
  { name, exitCodes, cause, doubt, recorded, isSealedNoMore, warned }: KnownAttack,
  { verification, runs }: Outcome,
): readonly Violation[] {
  const oracle: OracleName = 'known attacks are found'
  const violations: Violation[] = []
  if (exitCodes && !exitCodes.includes(verification.exitCode))
    violations.push({ oracle, what: `${name}: exit code ${verification.exitCode}` })
  const found = verification.report ? findingsOf(verification.report).map((finding) => finding.cause) : []
  if (cause !== undefined && !found.includes(cause))
    violations.push({ oracle, what: `${name}: not found as ${cause}, but as ${found.join(', ') || 'nothing'}` })
  const doubts = verification.report?.sources.flatMap((source) => source.doubts.map(({ reason }) => reason)) ?? []
  if (doubt !== undefined && !doubts.includes(doubt))
    violations.push({ oracle, what: `${name}: not doubted as ${doubt}, but as ${doubts.join(', ') || 'nothing'}` })
  const warnings = runs.flatMap((run) => run.warnings)
  if (warned !== undefined && !warnings.some((text) => text.includes(warned)))
    violations.push({ oracle, what: `${name}: not warned of '${warned}', but of ${warnings.join(' ') || 'nothing'}` })
  if (isSealedNoMore && isSealedAgain(runs)) violations.push({ oracle, what: `${name}: a service signed the log again` })
  if (recorded === undefined) return violations
  const reasons = reasonsRecorded(runs)
  if (recorded === 'any' ? reasons.length === 0 : !reasons.includes(recorded))
    violations.push({ oracle, what: `${name}: recorded as ${reasons.join(', ') || 'nothing'}, not as ${recorded}` })
  return violations
}

export function findingsOf({ findings, sources }: TrailReport): readonly Finding[] {
  return [...findings, ...sources.flatMap((source) => source.findings)]
}

/** A service signed a log that was there before. */
function isSealedAgain(runs: Outcome['runs']): boolean {
  const found = new Set(runs[0]?.before.map(({ source }) => source))
  return runs.some(({ published }) => published.some(({ origin }) => found.has(origin)))
}

/** The reasons of what services recorded as `audit:recovered`. */
function reasonsRecorded(runs: Outcome['runs']): readonly string[] {
  const own = runs.flatMap(({ before, after }) => {
    const known = new Set(before.map(({ text }) => text))
    return after.filter(({ text }) => !known.has(text))
  })
  return own
    .filter(({ text }) => text.startsWith('{"version":"1.0","type":"audit","action":"recovered"'))
    .map(({ text }) => (JSON.parse(text) as { readonly payload: { readonly reason: string } }).payload.reason)
}

/** Runs one on the state of its base that it asks for. */
export async function runAttack(
  attack: KnownAttack,
  world: World,
): Promise<{ readonly outcome: Outcome; readonly violations: readonly Violation[] }> {
  const bases =
    attack.state === 'older' ? world.bases.map((base) => ({ ...base, directory: base.older[0] ?? base.directory })) : world.bases
  const outcome = await runProgram(attack.program, { ...world, bases })
  return { outcome, violations: judgeAttack(attack, outcome) }
}
