// F22. Files of a journal are removed, replaced or locked away while a process writes it.
//
//   node faults/journal/missing-files.ts [--quick] [--seed N] [--only segment-removed] [--control no-look]
import { chmod, chown, mkdir, readdir, rename, rm, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { runFaultRow, type FaultRun } from '../harness/fault-row.ts'
import { atPace } from '../harness/pace.ts'
import { ServiceProcess } from '../harness/service/service-process.ts'
import type { ServiceSettings } from '../harness/service/service-settings.ts'
import { expectBalance, expectDelivered, readTrail } from '../harness/trail.ts'
import { waitUntil } from '../harness/wait-until.ts'
import { missingFiles } from './missing-files.row.ts'

const NOTICED_MS = atPace(2_000)
/** For the clock of the harness and the channel. */
const SLACK_MS = 250
const BACK_MS = atPace(5_000)
/** Damages that are tried at once, each while written and while idle. */
const AT_ONCE = 3

/** A user without root's rights. */
const UNPRIVILEGED = 65_534

interface Damage {
  /** `journal` is the journal's directory, `log` that of the one source in it. */
  readonly do: (journal: string, source: string) => Promise<void>
  /** Repairs the damage. */
  readonly undo?: (journal: string, source: string) => Promise<void>
  /** The journal does not depend on the file while it runs, so there may be nothing to notice. */
  readonly isHarmless?: true
}

const segmentsIn = async (source: string) =>
  (await readdir(join(source, 'log'))).toSorted().map((name) => join(source, 'log', name))

const damages: Readonly<Record<string, Damage>> = {
  'segment-removed': { do: async (_, source) => unlink((await segmentsIn(source)).at(-1)!) },
  'segment-replaced': {
    async do(_, source) {
      const segment = (await segmentsIn(source)).at(-1)!
      await writeFile(`${segment}.other`, 'not a line of a log\n')
      await rename(`${segment}.other`, segment)
    },
  },
  'old-segment-removed': { do: async (_, source) => unlink((await segmentsIn(source))[0]!) },
  'log-directory-removed': { do: (_, source) => rm(join(source, 'log'), { recursive: true }) },
  'source-removed': { do: (_, source) => rm(source, { recursive: true }) },
  'journal-removed': { do: (journal) => rm(journal, { recursive: true }) },
  'owner-removed': {
    async do(_, source) {
      for (const name of await readdir(source)) if (name.startsWith('owner.')) await unlink(join(source, name))
    },
  },
  'places-removed': { do: (_, source) => unlink(join(source, 'offsets.ndjson')), isHarmless: true },
  'lock-removed': { do: (_, source) => unlink(join(source, 'lock.db')), isHarmless: true },
  'description-removed': { do: (_, source) => unlink(join(source, 'source.json')), isHarmless: true },
  'journal-locked-away': { do: (journal) => chmod(journal, 0o000), undo: (journal) => chmod(journal, 0o700) },
  'log-locked-away': {
    do: (_, source) => chmod(join(source, 'log'), 0o000),
    undo: (_, source) => chmod(join(source, 'log'), 0o700),
  },
}

await runFaultRow({
  row: missingFiles,
  parts: [...Object.keys(damages), 'forbidden-start', 'no-damage'],
  async run(run) {
    const isChosen = (name: string) => run.only === undefined || run.only === name
    const chosen = Object.entries(damages).filter(([name]) => isChosen(name))
    const recoveries: Recovery[] = []
    for (let index = 0; index < chosen.length; index += AT_ONCE) {
      const group = chosen.slice(index, index + AT_ONCE)
      const suffered = group.flatMap(([name, damage]) => [suffer(run, name, true, damage), suffer(run, name, false, damage)])
      recoveries.push(...(await Promise.all(suffered)).filter((recovery) => recovery !== undefined))
    }
    const observed = recoveries.length > 0 ? [summaryOf(recoveries)] : []
    for (const [name, part] of Object.entries({ 'forbidden-start': forbiddenStart, 'no-damage': noDamage })) {
      if (!isChosen(name)) continue
      observed.push(`${name}: ${await part(run)}`)
      run.progress(observed.at(-1)!)
    }
    return observed.join('; ')
  },
})

/** The result of a service. */
interface Recovery {
  readonly noticedMs: number | undefined
  readonly backMs: number
  readonly kept: number
}

function summaryOf(recoveries: readonly Recovery[]): string {
  const noticed = recoveries.flatMap(({ noticedMs }) => noticedMs ?? [])
  const backMs = Math.max(...recoveries.map((recovery) => recovery.backMs))
  const kept = recoveries.reduce((sum, recovery) => sum + recovery.kept, 0)
  return `${recoveries.length} damages, ${noticed.length} noticed after at most ${Math.round(Math.max(0, ...noticed))} ms, ${recoveries.length - noticed.length} not at all, back after at most ${Math.round(backMs)} ms, ${kept} acknowledged afterwards and kept`
}

async function start(directory: string, changes: Partial<ServiceSettings>, name = 'books'): Promise<ServiceProcess> {
  const sinks = [{ name, path: join(directory, `${name}.ndjson`) }]
  return new ServiceProcess(
    { directory: join(directory, 'journal'), segmentBytes: 16 << 10, maxWaitMs: 500, sinks, ...changes },
    { uid: UNPRIVILEGED },
  )
}

async function prepare(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true })
  await chmod(join(directory, '..'), 0o755)
  await chown(directory, UNPRIVILEGED, UNPRIVILEGED)
}

async function suffer(run: FaultRun, name: string, isBusy: boolean, damage: Damage): Promise<Recovery | undefined> {
  const what = `${name} while ${isBusy ? 'written' : 'idle'}`
  try {
    return await surviveDamage(run, join(run.directory, what.replaceAll(' ', '-')), what, damage, isBusy)
  } catch (error) {
    run.expect(false, `${what}: ${(error as Error).message}`)
    return undefined
  }
}

async function surviveDamage(run: FaultRun, directory: string, what: string, damage: Damage, isBusy: boolean): Promise<Recovery> {
  await prepare(directory)
  const service = await start(directory, { control: run.control })
  await service.ready()
  for (let round = 0; round < 5; round++) await service.record(50)
  await service.ask({ call: 'flush' })
  const journal = join(directory, 'journal')
  const name = (await readdir(journal)).find((entry) => entry.startsWith('books-'))
  const source = join(journal, name!)

  if (isBusy) await service.stream(5, 20)
  const damagedAt = performance.now()
  await damage.do(journal, source)
  const isNoticed = () => service.said.some(({ at }) => at >= damagedAt)
  await waitUntil(isNoticed, NOTICED_MS + SLACK_MS)
  const noticedAt = service.said.find(({ at }) => at >= damagedAt)
  run.expect(damage.isHarmless === true || noticedAt !== undefined, `${what}: not noticed within ${NOTICED_MS} ms`)
  if (damage.undo) await sleep(1_000)
  await damage.undo?.(journal, source)
  if (isBusy) await service.ask({ call: 'pause' })

  // From here on the trail is whole again: acknowledged events outlive the process.
  const isBack = async () => {
    const before = service.acknowledged.size
    await service.record(1)
    return service.acknowledged.size > before
  }
  const backMs = await waitUntil(isBack, BACK_MS)
  run.expect(backMs !== undefined, `${what}: nothing was acknowledged ${BACK_MS} ms later`)
  if (backMs !== undefined) await service.ask({ call: 'flush', timeoutMs: atPace(10_000) })
  const before = new Set(service.acknowledged.keys())
  expectDelivered(run, `${what}, before and meanwhile`, service.acknowledged, await readTrail(service.settings.sinks[0]!.path))
  await service.ask({ call: 'mode', sink: 'books', mode: 'down' })
  await service.record(100)
  const stats = await service.stats()
  expectBalance(run, what, stats)
  const after = new Map([...(await service.kill())].filter(([n]) => !before.has(n)))
  run.expect(after.size === 100, `${what}: ${after.size} of 100 acknowledged afterwards`)

  const logs = (await readdir(journal)).filter((entry) => !entry.startsWith('.'))
  const readers = await Promise.all(logs.map((_, index) => start(directory, {}, `reader-${index}`)))
  await Promise.all(readers.map((reader) => reader.ready()))
  await Promise.all(readers.map((reader) => reader.ask({ call: 'flush' })))
  await Promise.all(readers.map((reader) => reader.close()))
  const trail = await readTrail(...readers.map(({ settings }) => settings.sinks[0]!.path))
  expectDelivered(run, `${what}, afterwards`, after, trail)
  const told = trail.facts
    .filter(({ action }) => action === 'recovered')
    .map(({ payload }) => (payload as { reason: string }).reason)
  const noticedMs = noticedAt && noticedAt.at - damagedAt
  const noticed = noticedMs === undefined ? 'not noticed' : `noticed after ${Math.round(noticedMs)} ms`
  run.progress(`${what}: ${noticed}, told: ${[...new Set(told)].join() || 'nothing'}`)
  return { noticedMs, backMs: backMs ?? Infinity, kept: after.size }
}

/** A directory without write permission: the journal reports it, and opens after the permission is given. */
async function forbiddenStart(run: FaultRun): Promise<string> {
  const directory = join(run.directory, 'forbidden')
  await prepare(directory)
  await mkdir(join(directory, 'journal'), { mode: 0o500 })
  await chown(join(directory, 'journal'), UNPRIVILEGED, UNPRIVILEGED)
  const service = await start(directory, { control: run.control })
  const reason = await service.ready().then(
    () => 'none',
    (error: Error) => error.message,
  )
  run.expect(reason.includes('may not write there') && reason.includes('AUDIT_DIRECTORY'), `forbidden: ready() said ${reason}`)
  await chmod(join(directory, 'journal'), 0o700)
  const isOpen = async () => (await service.health()).journal.state === 'open'
  const openMs = await waitUntil(isOpen, BACK_MS)
  run.expect(openMs !== undefined, `forbidden: not open ${BACK_MS} ms after the permission was given`)
  await service.record(10)
  run.expect(service.acknowledged.size === 10, `forbidden: ${service.acknowledged.size} of 10 acknowledged`)
  await service.close()
  return `ready() gave the reason, open ${Math.round(openMs ?? Infinity)} ms after the permission was given`
}

/** A busy journal that only its own process trims: no alarm. */
async function noDamage(run: FaultRun): Promise<string> {
  const directory = join(run.directory, 'whole')
  await prepare(directory)
  const service = await start(directory, { maxBytes: 1 << 20, segmentBytes: 64 << 10 })
  await service.ready()
  await service.stream(20, 10)
  const ms = run.isQuick ? 5_000 : 60_000
  await sleep(ms)
  await service.ask({ call: 'pause' })
  await service.ask({ call: 'flush' })
  const alarms = service.said.map(({ message }) => message)
  expectBalance(run, 'no damage', await service.close())
  const { facts, ids } = await readTrail(service.settings.sinks[0]!.path)
  const told = facts.filter(({ action }) => action === 'recovered' || action === 'lost')
  const trimmed = facts.filter(({ action }) => action === 'trimmed').length
  run.expect(alarms.length + told.length === 0, `false alarms: ${alarms.join('; ')} ${JSON.stringify(told.slice(0, 3))}`)
  return `${ids.size} events and ${trimmed} trims in ${ms / 1_000} s, ${alarms.length + told.length} alarms`
}
