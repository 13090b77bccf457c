import {
  formatCheckpoint,
  keyLabel,
  openCheckpoint,
  openNote,
  parseCheckpoint,
  parseVerifierKey,
  ProofError,
  signNote,
  type Checkpoint,
  type Signer,
  type Verifier,
} from '@audit/proof'
import type { Clock } from '../clock.ts'
import { isDoneWithin } from '../deadline.ts'
import { AuditError } from '../errors.ts'
import type { KnownCheckpoint, Seal, Sealed } from '../journal/seal.ts'
import type { Reporter } from '../logger.ts'
import { Anchors } from './anchors.ts'
import type { ResolvedSeal } from './seal-options.ts'

/** A signer may be far away; beyond this time it counts as unavailable. */
const SIGN_MS = 15_000

/** The seal of an audit: its keys and its anchors. */
export function createSeal({ signers, anchors, everyMs }: ResolvedSeal, clock: Clock, reporter: Reporter): Seal {
  return new CheckpointSeal(signers, new Anchors(anchors, clock, reporter), everyMs, clock)
}

class CheckpointSeal implements Seal {
  readonly everyMs: number
  readonly keys: readonly string[]
  readonly #signers: readonly Signer[]
  readonly #verifiers: readonly Verifier[]
  readonly #anchors: Anchors
  readonly #clock: Clock

  constructor(signers: readonly Signer[], anchors: Anchors, everyMs: number, clock: Clock) {
    this.#clock = clock
    this.everyMs = everyMs
    this.keys = signers.map(keyLabel)
    this.#signers = signers
    this.#verifiers = signers.map(({ verifierKey }) => parseVerifierKey(verifierKey))
    this.#anchors = anchors
  }

  get isLocal(): boolean {
    return this.#signers.length > 0 && this.#signers.every(({ isLocal }) => isLocal)
  }

  tagKeys(origin: string): readonly Uint8Array[] {
    return this.#signers.flatMap((signer) => signer.tagKey?.(origin) ?? [])
  }

  get problems(): readonly string[] {
    return this.#anchors.problems
  }

  async sign(checkpoint: Checkpoint): Promise<string> {
    const text = formatCheckpoint(checkpoint)
    if (this.#signers.length === 0) return text
    const signed = signNote(text, this.#signers)
    if (await isDoneWithin(this.#clock, SIGN_MS, signed, { keepAlive: false })) return signed
    throw new AuditError('AUDIT_TIMEOUT', `A signer of the seal has not answered within ${SIGN_MS} ms.`)
  }

  open(text: string, origin: string): KnownCheckpoint {
    if (this.#verifiers.length > 0) {
      const { note, ...checkpoint } = openCheckpoint(text, { origin, verifiers: this.#verifiers })
      return { ...checkpoint, signedBy: [...note.verified, ...note.unknown].map(keyLabel) }
    }
    const checkpoint = parseCheckpoint(text)
    if (checkpoint.origin === origin) return { ...checkpoint, signedBy: [] }
    throw new ProofError('PROOF_WRONG_ORIGIN', 'This is a checkpoint of another log.')
  }

  openNote(note: string): string {
    return openNote(note, this.#verifiers).text
  }

  anchored(origin: string): Promise<Checkpoint | undefined> {
    return this.#anchors.latest(origin)
  }

  published({ origin, size, checkpoint }: Sealed): void {
    this.#anchors.publish({ origin, size, checkpoint })
  }

  opened(): Promise<void> {
    return this.#anchors.opened()
  }

  close(signal: AbortSignal): Promise<void> {
    return this.#anchors.close(signal)
  }
}
