// F20: whatever is done to a sealed trail is found, as far as it can be, and nothing is found where nothing was done.
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseCheckpoint, parseNote, generateKeyPair } from '../packages/proof/dist/esm/index.js'
import { verifyTrail, type Finding } from '../packages/cli/dist/esm/index.js'
import { runFaultRow, type FaultRun } from './fault-row.ts'
import { countingLines } from './sealed-lines.ts'
import { live, logsOf, sealedSize } from './sealed-trail.ts'
import { tamperings, type Done, type Given, type Victim } from './tamperings.ts'

const TAMPERINGS = { full: 10_000, quick: 300 }
const HONEST = { full: 1_000, quick: 24 }
const LIVES = 4
const AT_ONCE = 3
const GIVEN: readonly Given[] = ['nothing', 'key', 'key and anchor']

/** A journal of some lives, as it was after each of them, and the checkpoints that an anchor had by then. */
interface Trail {
  readonly states: readonly string[]
  readonly anchor: string
  /** One that goes on from the state before the last, by itself. */
  readonly forked: string
  readonly isSigned: boolean
}

interface Count {
  tried: number
  found: number
  exact: number
  hidden: number
}

const keys = generateKeyPair('sealed')
const others = generateKeyPair('sealed')

await runFaultRow({
  row: 'F20',
  controls: ['blind'],
  async run(run) {
    const size = run.isQuick ? 'quick' : 'full'
    const trails = await honestTrails(run, HONEST[size])
    const counts = await tamperWith(run, trails, run.control ? 60 : TAMPERINGS[size])
    run.progress(`\n${table(counts)}`)
    const total = [...counts.values()].flatMap((each) => Object.values(each))
    const sum = (what: keyof Count) => total.reduce((all, count) => all + count[what], 0)
    return (
      `${HONEST[size]} honest trails (${LIVES} lives each, every other one killed), 0 false alarms; ` +
      `${sum('tried')} tamperings of ${counts.size} kinds: ${sum('found')} found, with the right cause, ${sum('exact')} of them with the exact event; ` +
      `${sum('hidden')} that nobody can find with what was given, and nobody did`
    )
  },
})

/** Trails that nobody touched, each verified after every life. */
async function honestTrails(run: FaultRun, count: number): Promise<readonly Trail[]> {
  const trails: Trail[] = []
  const pending = Array.from({ length: Math.ceil(count / LIVES) }, (_, index) => index)
  const work = async () => {
    for (let index = pending.shift(); index !== undefined; index = pending.shift()) {
      trails.push(await honestTrail(run, index))
      if (index % 25 === 0) run.progress(`${trails.length * LIVES} of ${count} honest trails`)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return trails
}

async function honestTrail(run: FaultRun, index: number): Promise<Trail> {
  const folder = join(run.directory, `honest-${index}`)
  mkdirSync(folder)
  const [directory, anchor] = [join(folder, 'journal'), join(folder, 'anchor.ndjson')]
  const isSigned = index % 5 !== 0
  const plan = {
    directory,
    anchor,
    ...(isSigned && { key: keys.signingKey }),
    everyMs: 20,
    perSecond: 1_000,
    segmentBytes: 8 << 10,
  }
  const states: string[] = []
  for (let at = 0; at < LIVES; at++) {
    await live(plan, 40 + run.random() * 160, run.random() < 0.5 ? 'closed' : 'killed')
    const state = join(folder, `state-${at}`)
    cpSync(directory, state, { recursive: true })
    states.push(state)
    const report = await verifyTrail({
      paths: [state],
      keys: isSigned ? [keys.verifierKey] : [],
      anchors: existsSync(anchor) ? [anchor] : [],
      uniqueIds: true,
    })
    const found = findingsOf(report)
    run.expect(
      report.verdict !== 'wrong',
      `a false alarm in ${state}: ${found[0]?.cause} at ${found[0]?.sequence}: ${found[0]?.message}`,
    )
  }
  const forked = join(folder, 'forked')
  cpSync(states.at(-2)!, forked, { recursive: true })
  await live({ ...plan, directory: forked, anchor: join(folder, 'other.ndjson') }, 100, 'closed')
  return { states, anchor, forked, isSigned }
}

async function tamperWith(
  run: FaultRun,
  trails: readonly Trail[],
  times: number,
): Promise<ReadonlyMap<string, Record<Given, Count>>> {
  const below = (limit: number) => Math.floor(run.random() * limit)
  const counts = new Map<string, Record<Given, Count>>()
  const signed = trails.filter(({ isSigned }) => isSigned)
  for (let done = 0; done < times;) {
    const trail = signed[below(signed.length)]!
    const tampering = tamperings[done % tamperings.length]!
    const given = GIVEN[below(GIVEN.length)]!
    const root = join(run.directory, 'victim')
    rmSync(root, { recursive: true, force: true })
    cpSync(trail.states.at(-1)!, root, { recursive: true })
    const victim = victimIn(root, trail, below)
    const expected = victim && (await tampering.tamper(victim))
    if (!expected) continue
    const row = counts.get(tampering.name) ?? { nothing: zero(), key: zero(), 'key and anchor': zero() }
    counts.set(tampering.name, row)
    await judge(run, { root, trail, given, expected, name: tampering.name, count: row[given] })
    if (++done % 500 === 0) run.progress(`${done} of ${times} tamperings`)
  }
  return counts
}

interface Case {
  readonly root: string
  readonly trail: Trail
  readonly given: Given
  readonly expected: Done
  readonly name: string
  readonly count: Count
}

async function judge(run: FaultRun, { root, trail, given, expected, name, count }: Case): Promise<void> {
  const report = await verifyTrail({
    paths: [root],
    keys: given === 'nothing' ? [] : [keys.verifierKey, others.verifierKey],
    anchors: given === 'key and anchor' ? [trail.anchor] : [],
    uniqueIds: typeof expected[given] === 'object' && expected[given].causes.includes('replayed'),
  }).catch((error: unknown) => ({
    verdict: 'wrong',
    findings: [{ cause: 'unreadable', message: String(error) } as Finding],
    sources: [],
  }))
  const found = run.control === 'blind' ? [] : findingsOf(report)
  const wanted = expected[given]
  const seen = found.map(({ cause, sequence, to }) => `${cause} at ${sequence}${to === undefined ? '' : `-${to}`}`).join(', ')
  count.tried++
  if (wanted === 'no') {
    count.hidden++
    run.expect(found.length === 0, `${name}, given ${given}: found although nobody could know: ${seen}`)
    return
  }
  if (wanted === 'not proven') {
    const isNoticed = run.control !== 'blind' && report.verdict === 'unproven'
    if (isNoticed) count.found++
    run.expect(isNoticed, `${name}, given ${given}: not noticed, but ${report.verdict}: ${seen || 'nothing'}`)
    return
  }
  const { causes, at } = wanted
  const [first] = found
  const isRight = first !== undefined && causes.includes(first.cause)
  const isThere =
    at === undefined || first?.sequence === at || (first?.to !== undefined && first.sequence! <= at && at <= first.to)
  if (isRight && isThere) count.found++
  if (isRight && at !== undefined && first.sequence === at) count.exact++
  run.expect(
    isRight && isThere,
    `${name}, given ${given}: not noticed as ${causes.join(' or ')}${at === undefined ? '' : ` at ${at}`}, but as ${seen || 'nothing'}`,
  )
}

/** A log with enough in it, of the service's first key. */
function victimIn(root: string, { states, anchor, forked }: Trail, below: Victim['below']): Victim | undefined {
  const logs = logsOf(root).filter((log) => (sealedSize(log) ?? 0) > 20)
  const log = logs[below(logs.length)]
  if (log === undefined) return undefined
  const name = log.slice(root.length)
  const { source } = JSON.parse(readFileSync(join(log, 'source.json'), 'utf8')) as { readonly source: string }
  const earlier = join(states.at(-2)! + name)
  const forkedLog = join(forked + name)
  return {
    log,
    lines: countingLines(log),
    sealed: sealedSize(log)!,
    anchored: anchoredSize(anchor, source),
    key: keys.signingKey,
    earlier: existsSync(earlier) ? earlier : undefined,
    forked: existsSync(forkedLog) ? forkedLog : undefined,
    below,
  }
}

function anchoredSize(anchor: string, source: string): number {
  let size = 0
  for (const line of readFileSync(anchor, 'utf8').trimEnd().split('\n')) {
    try {
      const { origin, checkpoint } = JSON.parse(line) as { readonly origin: string; readonly checkpoint: string }
      if (origin === source) size = Math.max(size, parseCheckpoint(parseNote(checkpoint).text).size)
    } catch {
      // A line that a kill cut off.
    }
  }
  return size
}

function findingsOf(report: {
  readonly findings: readonly Finding[]
  readonly sources: readonly { readonly findings: readonly Finding[] }[]
}): readonly Finding[] {
  return [...report.findings, ...report.sources.flatMap(({ findings }) => findings)]
}

function zero(): Count {
  return { tried: 0, found: 0, exact: 0, hidden: 0 }
}

function table(counts: ReadonlyMap<string, Record<Given, Count>>): string {
  const cell = ({ tried, found, hidden }: Count) =>
    hidden > 0 ? `${hidden} hidden` + (found > 0 ? `, ${found} found` : '') : `${found} of ${tried}`
  const rows = [...counts].map(([name, row]) => `| ${name} | ${GIVEN.map((given) => cell(row[given])).join(' | ')} |`)
  return ['| what was done | nothing given | key | key and anchor |', '|---|---|---|---|', ...rows].join('\n')
}
