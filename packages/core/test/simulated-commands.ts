import fc from 'fast-check'
import { faultyCalls, faultyErrnos, type Fault, type FaultyCall } from './simulated-faults.ts'

/** The end of a process: by `close()`, a power failure, a signal, or its own exit with a last write. */
export type Ending = 'close' | 'crash' | 'kill' | 'exit'

/** One step of a history. */
export type Command =
  | { readonly do: 'append'; readonly sizes: readonly number[]; readonly isRetried: boolean; readonly waits: boolean }
  | { readonly do: 'read'; readonly reader: number; readonly max: number; readonly share: number; readonly waits: boolean }
  | { readonly do: 'turns'; readonly count: number }
  | { readonly do: 'time'; readonly timers: number }
  | ({ readonly do: 'fault' } & OneFault)
  /** Ends while it writes these, after this many turns. */
  | { readonly do: Ending; readonly writing: readonly number[]; readonly turns: number; readonly beginning: Beginning }
  /** The lock is broken: a second process takes the log over while the first continues with these, and then with those. */
  | { readonly do: 'rival'; readonly before: readonly number[]; readonly after: readonly number[] }

export interface OneFault {
  readonly call: FaultyCall
  readonly fault: Fault
}

/** The start of the next process: some processes before it end during their start, after these turns; its disk may fail once. */
export interface Beginning {
  readonly interrupted: readonly { readonly turns: number; readonly isCrash: boolean }[]
  readonly fault: OneFault | null
}

/** The steps of a journal's life, one after the other. */
export interface History {
  readonly seed: number
  readonly beginning: Beginning
  readonly commands: readonly Command[]
  /** One call of one process fails: the one with this number. Processes count from 0. */
  readonly nth?: { readonly process: number; readonly call: number; readonly fault: Fault }
}

const oneFault: fc.Arbitrary<OneFault> = fc
  .record({
    call: fc.oneof(fc.constantFrom<FaultyCall>('write', 'sync', 'syncDirectory', 'open'), fc.constantFrom(...faultyCalls)),
    fault: fc.constantFrom<Fault>(...faultyErrnos, 'short'),
  })
  // A directory in which files can be made but not listed is ignored, since no process of the same user made it.
  .filter(({ call, fault }) => call !== 'syncDirectory' || fault !== 'EACCES')
const beginning: fc.Arbitrary<Beginning> = fc.record({
  interrupted: fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(fc.record({ turns: fc.nat(120), isCrash: fc.boolean() }), { maxLength: 3 }) },
  ),
  fault: fc.option(oneFault, { freq: 4 }),
})
const sizes = fc.array(fc.oneof(fc.nat(60), fc.nat(900), fc.constant(3_000)), { minLength: 1, maxLength: 5 })
const ending = (how: Ending): fc.Arbitrary<Command> =>
  fc.record({ do: fc.constant(how), writing: fc.oneof(fc.constant([]), sizes), turns: fc.nat(16), beginning })

const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constant('append' as const),
      sizes,
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
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('rival' as const), before: sizes, after: sizes }),
  },
)

/** Histories of different lengths, with some of every step. */
export const histories: fc.Arbitrary<History> = fc.record({
  seed: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  beginning,
  commands: fc.array(command, { minLength: 1, maxLength: 30, size: 'max' }),
})
