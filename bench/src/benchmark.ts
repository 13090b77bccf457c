// A benchmark is a group of cases that are measured in the same rounds, with goals for their ratios.

/** One number of a case. Its comparisons say if larger or smaller is better. */
export interface Measure {
  readonly title: string
  readonly unit: 'events/s' | 'requests/s' | 'MB/s' | 'µs' | 'ms' | 'ms CPU per s' | 'events' | 'MiB' | '×'
}

export interface CaseOptions {
  /** 1 for a full run; the share of the work in a quick one. */
  readonly scale: number
  readonly journal: JournalKind
  /** Empty, on a disk, and removed afterwards. */
  readonly directory: string
}

/** The journal that the library records into. */
export type JournalKind = 'file' | 'memory'

/** By the name of the measure. */
export type Results = { readonly [measure: string]: number }

/** Why a peer is missing from the table. */
export interface LeftOut {
  readonly leftOut: string
}

/** Runs in its own process. Throws if it could not do all its work. */
export type Measurement = (options: CaseOptions) => Promise<Results | LeftOut>

export interface Case {
  readonly name: string
  readonly load: () => Promise<Measurement>
}

/** The ratio of a case and its peer within the same round, or, without a peer, the measure itself in every round. */
export interface Comparison {
  /** Number of its goal, such as P4. Left out: a comparison without a goal. */
  readonly goal?: string
  readonly of: string
  readonly against?: string
  /** For a measure of time per operation: compares the costs beyond this case. */
  readonly over?: string
  readonly measure: string
  readonly atLeast?: number
  readonly atMost?: number
}

export interface Group {
  readonly name: string
  readonly title: string
  /** Explains the measurement in a few sentences, for the reader of the tables. */
  readonly about: string
  readonly measures: { readonly [name: string]: Measure }
  readonly cases: readonly Case[]
  readonly comparisons: readonly Comparison[]
}
