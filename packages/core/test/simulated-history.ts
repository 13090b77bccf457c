import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import type { EncodedEvent } from '../src/event/event.ts'
import { Books, Violation, violated } from './simulated-books.ts'
import { SimulatedClock } from './simulated-clock.ts'
import type { Beginning, Command, Ending, History } from './simulated-commands.ts'
import { simulatedDisk, type SimulatedDisk, type SimulatedDiskOptions } from './simulated-disk.ts'
import { SimulatedProcess, turns, type SimulatedProcessOptions } from './simulated-process.ts'
import { below, seededRandom, type Random } from './simulated-random.ts'
import { ReaderBooks } from './simulated-reader.ts'
import { SimulatedSeal } from './simulated-seal.ts'

/** A safety step that is left out. */
export type Control = Pick<SimulatedDiskOptions, 'ignoreSync' | 'ignoreSyncDirectory'> &
  Pick<SimulatedProcessOptions, 'ignoreFence'>

/** Runs a history, and rejects with a `Violation` at the first broken promise of the journal. */
export async function runHistory(history: History, control: Control = {}): Promise<void> {
  await countFaults(history, control)
}

/** The same; resolves with the number of failed calls of the disk. */
export async function countFaults(history: History, control: Control = {}): Promise<number> {
  const { seed, beginning: first, commands } = history
  const random = seededRandom(seed)
  const { randomInt } = crypto
  // The ids of logs decide the order in which they are read.
  replaceRandomInt((limit: number) => below(random, limit))
  try {
    const run = new Run(random, control, history.nth)
    await run.start(first)
    for (const next of commands) await run.step(next)
    await run.finish()
    return run.faults
  } finally {
    replaceRandomInt(randomInt)
  }
}

function replaceRandomInt(randomInt: unknown): void {
  Object.assign(crypto, { randomInt })
  syncBuiltinESMExports()
}

class Run {
  readonly #random: Random
  readonly #counters = new Books()
  readonly #seal = new SimulatedSeal()
  readonly #auditor: ReaderBooks
  readonly #readers: readonly ReaderBooks[]
  #clock: SimulatedClock
  #disk: SimulatedDisk
  #process!: SimulatedProcess
  readonly #options: SimulatedProcessOptions
  readonly #nth: History['nth']
  #started = 0
  #faults = 0
  #isExact = true

  constructor(random: Random, control: Control, nth: History['nth']) {
    this.#nth = nth
    this.#random = random
    this.#options = { ignoreFence: control.ignoreFence ?? false, seal: this.#seal }
    this.#clock = new SimulatedClock(this.#random)
    this.#disk = simulatedDisk({ random: this.#random, now: () => this.#clock.now(), ...control })
    this.#auditor = new ReaderBooks('auditor', this.#counters, { from: 'oldest' })
    this.#readers = (['oldest', 'now'] as const).map((from) => new ReaderBooks(from, this.#counters, { from }))
  }

  /** Number of faults that happened. */
  get faults(): number {
    return this.#faults
  }

  /** Starts a process, and checks that it finds everything that must be in the log. */
  async start({ interrupted, fault }: Beginning): Promise<void> {
    for (const { turns: count, isCrash } of interrupted) {
      const process = this.#newProcess()
      void process.open(this.#readers, this.#auditor).catch(() => undefined)
      await turns(count)
      this.#end(isCrash)
    }
    this.#process = this.#newProcess()
    if (this.#nth?.process === this.#started++) this.#disk.failNth(this.#nth.call, this.#nth.fault)
    if (fault) this.#disk.failNext(fault.call, fault.fault)
    for (const reader of this.#all) reader.reopened(this.#isExact)
    await this.#process.open(this.#readers, this.#auditor)
    this.#isExact = this.#disk.faults === 0
    await this.#audit()
  }

  async step(command: Command): Promise<void> {
    this.#process.check()
    switch (command.do) {
      case 'append':
        this.#process.append(this.#offered(command.sizes), command.isRetried)
        return command.waits ? this.#process.appended() : undefined
      case 'read':
        return this.#read(this.#readers[command.reader]!, command.max, command.share, command.waits)
      case 'turns':
        return turns(command.count)
      case 'time':
        return this.#process.passTime(command.timers)
      case 'fault':
        return this.#disk.failNext(command.call, command.fault)
      case 'rival':
        return this.#takeOver(command.before, command.after)
      default:
        this.#process.append(this.#offered(command.writing), true)
        await turns(command.turns)
        await this.#endProcess(command.do)
        return this.start(command.beginning)
    }
  }

  /** Two processes believe that they own the log; the second is right, and no event acknowledged by either is lost. */
  async #takeOver(before: readonly number[], after: readonly number[]): Promise<void> {
    const robbed = this.#process
    robbed.robbed()
    this.#disk.clearFaults()
    this.#disk.breakLocks()
    robbed.append(this.#offered(before), false)
    this.#disk = this.#disk.another()
    this.#clock = new SimulatedClock(this.#random)
    this.#process = this.#newProcess()
    for (const reader of this.#all) reader.reopened(false)
    await this.#process.open(this.#readers, this.#auditor)
    robbed.append(this.#offered(after), false)
    this.#process.append(this.#offered(after), false)
    await robbed.appended()
    await this.#process.appended()
    robbed.disk.kill()
    this.#isExact = true
    await this.#audit()
  }

  /** Checks that everything is delivered in the end. */
  async finish(): Promise<void> {
    this.#disk.clearFaults()
    await this.#process.appended()
    await this.#endProcess('close')
    await this.start({ interrupted: [], fault: null })
    for (const reader of this.#readers) {
      for (let rounds = 0, before = Infinity; reader.missing().length > 0;) {
        rounds = reader.missing().length < before ? 0 : rounds + 1
        before = reader.missing().length
        if (rounds > 10) violated(`${reader.name} was never given ${reader.missing().join(' ')}`)
        await this.#read(reader, 1e6, 1, true)
        if (rounds > 2) await this.#process.passTime(20)
      }
    }
    this.#seal.check(this.#counters)
    this.#end(false)
  }

  async #read(reader: ReaderBooks, max: number, share: number, waits: boolean): Promise<void> {
    const batch = await this.#process.read(reader, max)
    const count = Math.ceil(share * (batch?.lines.length ?? 0))
    if (!batch || count === 0) return
    const done = this.#process.acknowledge(reader, batch, count)
    done.catch(() => undefined)
    if (waits) await this.#process.until(() => done)
  }

  /** Checks that everything that must be in the log is there. */
  async #audit(): Promise<void> {
    const missing = async () => {
      await this.#process.readAll(this.#auditor)
      const found = this.#auditor.window
      return this.#counters.held().filter((id) => !found.has(id))
    }
    for (let rounds = 0; ; rounds++) {
      const lost = await missing()
      if (lost.length === 0) return
      if (rounds > 6) violated(`lost: ${lost.join(' ')}`)
      await this.#process.passTime(20)
    }
  }

  async #endProcess(how: Ending): Promise<void> {
    if (how === 'close') {
      const faults = this.#disk.faults
      try {
        await this.#process.close()
      } catch (error) {
        if (error instanceof Violation || this.#disk.faults === faults) throw error
      }
    } else if (how === 'exit') this.#process.appendSync([this.#counters.offered(10)])
    this.#isExact &&= this.#disk.faults === 0 && how !== 'crash'
    this.#end(how === 'crash')
  }

  #end(isCrash: boolean): void {
    this.#isExact &&= !isCrash && this.#disk.faults === 0
    this.#faults += this.#disk.faults
    this.#disk = isCrash ? this.#disk.crash() : this.#disk.kill()
    this.#clock = new SimulatedClock(this.#random)
  }

  get #all(): readonly ReaderBooks[] {
    return [this.#auditor, ...this.#readers]
  }

  #offered(sizes: readonly number[]): readonly EncodedEvent[] {
    return sizes.map((bytes) => this.#counters.offered(bytes))
  }

  #newProcess(): SimulatedProcess {
    return new SimulatedProcess(this.#disk, this.#clock, this.#counters, this.#options)
  }
}
