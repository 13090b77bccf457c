import { leafHash, MerkleTree, openCheckpoint, parseVerifierKey, ProofError } from '../../../packages/proof/dist/index.js'

// The true history: every line that a service itself appended, and every checkpoint that it published. Every change of a program
// to the files is judged only by this.

/** A line of a segment without its tag and its checksum, which is what is sealed and what sinks get. */
export type EventText = string

export interface GenuineCheckpoint {
  readonly origin: string
  readonly size: number
  readonly text: string
}

/** The end of a stored line: a tag that only the journal reads, and the checksum. */
const FRAME = /(?:,"tag":"[A-Za-z0-9_-]{22}")?,"crc":"[0-9a-f]{8}"}$/

/** The text that was stored as this line. */
export function eventText(storedLine: string): EventText {
  return storedLine.replace(FRAME, '}')
}

export class Ledger {
  /** By source and sequence. A write that failed is written again, so a sequence may have more than one text; the last one counts. */
  readonly #texts = new Map<string, EventText[][]>()
  readonly #checkpoints = new Map<string, GenuineCheckpoint[]>()

  /** The same history, to be continued apart. */
  fork(): Ledger {
    const copy = new Ledger()
    for (const [source, texts] of this.#texts) copy.#texts.set(source, structuredClone(texts))
    for (const [origin, checkpoints] of this.#checkpoints) copy.#checkpoints.set(origin, [...checkpoints])
    return copy
  }

  /** Notes a line that a service has written itself. */
  appended(text: EventText): void {
    const { source, sequence } = JSON.parse(text) as { readonly source: string; readonly sequence: number }
    const texts = this.#texts.get(source) ?? []
    this.#texts.set(source, texts)
    ;(texts[sequence] ??= []).push(text)
  }

  published(checkpoint: GenuineCheckpoint): void {
    const known = this.#checkpoints.get(checkpoint.origin) ?? []
    this.#checkpoints.set(checkpoint.origin, known)
    known.push(checkpoint)
  }

  get sources(): readonly string[] {
    return [...this.#texts.keys()]
  }

  /** Number of sequences of a log that were ever written. */
  sizeOf(source: string): number {
    return this.#texts.get(source)?.length ?? 0
  }

  /** The text that counts for a sequence. */
  textOf(source: string, sequence: number): EventText | undefined {
    return this.#texts.get(source)?.[sequence]?.at(-1)
  }

  /** True if a service wrote exactly this text for that sequence. */
  isOriginal(source: string, sequence: number, text: EventText): boolean {
    return this.#texts.get(source)?.[sequence]?.includes(text) ?? false
  }

  /** Oldest first. */
  checkpointsOf(origin: string): readonly GenuineCheckpoint[] {
    return this.#checkpoints.get(origin) ?? []
  }

  /** True if a service published exactly this checkpoint. */
  isGenuine(text: string): boolean {
    for (const known of this.#checkpoints.values()) if (known.some((each) => each.text === text)) return true
    return false
  }

  /**
   * The first sequence under a checkpoint that is not an original. Undefined if it covers only originals and lines that
   * `known` returns: those that a signed record calls unauthenticated.
   */
  firstForged(
    checkpoint: GenuineCheckpoint,
    verifierKeys: readonly string[],
    known: (sequence: number) => EventText | undefined,
  ): number | undefined {
    const root = rootIn(checkpoint, verifierKeys)
    if (root === undefined) return undefined
    const texts = this.#texts.get(checkpoint.origin) ?? []
    const choices = Array.from({ length: checkpoint.size }, (_, sequence) => {
      const text = known(sequence)
      return text === undefined ? (texts[sequence] ?? []) : [text]
    })
    const missing = choices.findIndex(({ length }) => length === 0)
    if (missing >= 0) return missing
    return someRoots(choices).some((each) => each.equals(root)) ? undefined : 0
  }
}

/** If a sequence was written twice, either text may be the sealed one. */
function someRoots(choices: readonly (readonly EventText[])[]): readonly Buffer[] {
  // The lines of a failed write count either all or not at all.
  const picks = choices.some(({ length }) => length > 1) ? [-1, 0] : [-1]
  return picks.map((pick) => {
    const tree = new MerkleTree()
    for (const each of choices) tree.append(leafHash(Buffer.from(each.at(pick)!)))
    return Buffer.from(tree.root())
  })
}

/** The roots of checkpoints that were opened before: each program asks for the same ones. */
const rootsKnown = new Map<string, Buffer | undefined>()

function rootIn({ origin, text }: GenuineCheckpoint, verifierKeys: readonly string[]): Buffer | undefined {
  const asked = [...verifierKeys, origin, text].join('\n')
  if (!rootsKnown.has(asked)) rootsKnown.set(asked, openedRoot(origin, text, verifierKeys))
  return rootsKnown.get(asked)
}

function openedRoot(origin: string, text: string, verifierKeys: readonly string[]): Buffer | undefined {
  try {
    return Buffer.from(openCheckpoint(text, { origin, verifiers: verifierKeys.map(parseVerifierKey) }).root)
  } catch (error) {
    if (error instanceof ProofError) return undefined
    throw error
  }
}
