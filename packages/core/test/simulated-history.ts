import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import fc from 'fast-check'
import { Books, Violation, violated } from './simulated-books.ts'
import { SimulatedClock } from './simulated-clock.ts'
import { simulatedDisk, type SimulatedDisk, type SimulatedDiskOptions } from './simulated-disk.ts'
import { faultyCalls, faultyErrnos, type Fault, type FaultyCall } from './simulated-faults.ts'
import { SimulatedProcess, turns } from './simulated-process.ts'
import { below, seededRandom, type Random } from './simulated-random.ts'
import { ReaderBooks } from './simulated-reader.ts'

/** How a process ends: by `close()`, with the machine's power, by a signal, or on its own with a last word. */
type Ending = 'close' | 'crash' | 'kill' | 'exit'

export type Command =
  | { readonly do: 'append'; readonly sizes: readonly number[]; readonly isRetried: boolean; readonly waits: boolean }
  | { readonly do: 'read'; readonly reader: number; readonly max: number; readonly share: number; readonly waits: boolean }
  | { readonly do: 'turns'; readonly count: number }
  | { readonly do: 'time'; readonly timers: number }
  | ({ readonly do: 'fault' } & OneFault)
  | { readonly do: Ending; readonly beginning: Beginning }

interface OneFault {
  readonly call: FaultyCall
  readonly fault: Fault
}

/** How the next process comes up: some before it end while they start, after so many turns each; its disk may fail once. */
interface Beginning {
  readonly interrupted: readonly { readonly turns: number; readonly isCrash: boolean }[]
  readonly fault: OneFault | null
}

/** What happens to a journal, one after the other. */
export interface History {
  readonly seed: number
  readonly beginning: Beginning
  readonly commands: readonly Command[]
}

export type Control = Pick<SimulatedDiskOptions, 'ignoreSync' | 'ignoreSyncDirectory'>

const oneFault: fc.Arbitrary<OneFault> = fc
  .record({
    call: fc.oneof(fc.constantFrom<FaultyCall>('write', 'sync', 'syncDirectory', 'open'), fc.constantFrom(...faultyCalls)),
    fault: fc.constantFrom<Fault>(...faultyErrnos, 'short'),
  })
  // A directory in which one may make files and may not even look is passed over, for no process of the same user made it.
  .filter(({ call, fault }) => call !== 'syncDirectory' || fault !== 'EACCES')
const beginning: fc.Arbitrary<Beginning> = fc.record({
  interrupted: fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(fc.record({ turns: fc.nat(120), isCrash: fc.boolean() }), { maxLength: 3 }) },
  ),
  fault: fc.option(oneFault, { freq: 4 }),
})
const ending = (how: Ending): fc.Arbitrary<Command> => fc.record({ do: fc.constant(how), beginning })
const size = fc.oneof(fc.nat(60), fc.nat(900), fc.constant(3_000))

const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constant('append' as const),
      sizes: fc.array(size, { minLength: 1, maxLength: 5 }),
      isRetried: fc.boolean(),
      waits: fc.boolean(),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('read' as const),
      reader: fc.nat(1),
      max: fc.integer({ min: 1, max: 12 }),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
      waits: fc.boolean(),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('turns' as const), count: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('time' as const), timers: fc.nat(20) }) },
  { weight: 3, arbitrary: oneFault.map((fault) => ({ do: 'fault' as const, ...fault })) },
  { weight: 2, arbitrary: ending('crash') },
  { weight: 1, arbitrary: ending('kill') },
  { weight: 1, arbitrary: ending('close') },
  { weight: 1, arbitrary: ending('exit') },
)

export const histories: fc.Arbitrary<History> = fc.record({
  seed: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  beginning,
  commands: fc.array(command, { minLength: 1, maxLength: 30, size: 'max' }),
})

/** Lives a history through, and rejects with a `Violation` at the first promise of the journal that does not hold. */
export async function runHistory({ seed, beginning: first, commands }: History, control: Control = {}): Promise<void> {
  const random = seededRandom(seed)
  const { randomInt } = crypto
  // The ids of logs decide in which order they are looked at.
  replaceRandomInt((limit: number) => below(random, limit))
  try {
    const run = new Run(random, control)
    await run.start(first)
    for (const next of commands) await run.step(next)
    await run.finish()
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
  readonly #books = new Books()
  readonly #auditor: ReaderBooks
  readonly #readers: readonly ReaderBooks[]
  #clock: SimulatedClock
  #disk: SimulatedDisk
  #process!: SimulatedProcess
  #isExact = true

  constructor(random: Random, control: Control) {
    this.#random = random
    this.#clock = new SimulatedClock(this.#random)
    this.#disk = simulatedDisk({ random: this.#random, now: () => this.#clock.now(), ...control })
    this.#auditor = new ReaderBooks('auditor', this.#books, { from: 'oldest' })
    this.#readers = (['oldest', 'now'] as const).map((from) => new ReaderBooks(from, this.#books, { from }))
  }

  /** Starts a process, and looks whether it finds all that must be there. */
  async start({ interrupted, fault }: Beginning): Promise<void> {
    for (const { turns: count, isCrash } of interrupted) {
      const process = this.#newProcess()
      void process.open(this.#readers, this.#auditor).catch(() => undefined)
      await turns(count)
      this.#end(isCrash)
    }
    this.#process = this.#newProcess()
    if (fault) this.#disk.failNext(fault.call, fault.fault)
    for (const reader of [this.#auditor, ...this.#readers]) reader.reopened(this.#isExact)
    await this.#process.open(this.#readers, this.#auditor)
    this.#isExact = this.#disk.faults === 0
    await this.#audit()
  }

  async step(command: Command): Promise<void> {
    this.#process.check()
    switch (command.do) {
      case 'append':
        this.#process.append(
          command.sizes.map((bytes) => this.#books.offered(bytes)),
          command.isRetried,
        )
        return command.waits ? this.#process.appended() : undefined
      case 'read':
        return this.#read(this.#readers[command.reader]!, command.max, command.share, command.waits)
      case 'turns':
        return turns(command.count)
      case 'time':
        return this.#process.passTime(command.timers)
      case 'fault':
        return this.#disk.failNext(command.call, command.fault)
      default:
        await this.#endProcess(command.do)
        return this.start(command.beginning)
    }
  }

  /** Everything is delivered in the end. */
  async finish(): Promise<void> {
    this.#disk.clearFaults()
    await this.#process.appended()
    await this.#endProcess('close')
    await this.start({ interrupted: [], fault: null })
    for (const reader of this.#readers) {
      for (let rounds = 0; reader.missing().length > 0; rounds++) {
        if (rounds > 10) violated(`${reader.name} was never given ${reader.missing().join(' ')}`)
        await this.#read(reader, 1e6, 1, true)
        if (rounds > 2) await this.#process.passTime(20)
      }
    }
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

  /** Everything that must be there is. */
  async #audit(): Promise<void> {
    const missing = async () => {
      await this.#process.read(this.#auditor, 1e6)
      const found = this.#auditor.window
      return this.#books.held().filter((id) => !found.has(id))
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
    } else if (how === 'exit') this.#process.appendSync([this.#books.offered(10)])
    this.#isExact &&= this.#disk.faults === 0 && how !== 'crash'
    this.#end(how === 'crash')
  }

  #end(isCrash: boolean): void {
    this.#isExact &&= !isCrash && this.#disk.faults === 0
    this.#disk = isCrash ? this.#disk.crash() : this.#disk.kill()
    this.#clock = new SimulatedClock(this.#random)
  }

  #newProcess(): SimulatedProcess {
    return new SimulatedProcess(this.#disk, this.#clock, this.#books)
  }
}
