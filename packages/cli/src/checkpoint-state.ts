import { formatCheckpoint, keyLabel, parseCheckpoint, parseNote } from '@audit/proof'

/** What a stored checkpoint says of itself. Whether its signatures are good, `audit verify --key` says. */
export interface CheckpointState {
  readonly size: number
  /** `name+1a2b3c4d` of each key that it names; empty if it is unsigned. */
  readonly signedBy: readonly string[]
}

/** Nothing if it is no checkpoint. */
export function checkpointStateOf(text: string): CheckpointState | undefined {
  try {
    const checkpoint = parseCheckpoint(text)
    if (text === formatCheckpoint(checkpoint)) return { size: checkpoint.size, signedBy: [] }
  } catch {
    // Then it is signed, or none.
  }
  try {
    const note = parseNote(text)
    return { size: parseCheckpoint(note.text).size, signedBy: note.signatures.map(keyLabel) }
  } catch {
    return undefined
  }
}
