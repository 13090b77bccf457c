import { formatCheckpoint, keyLabel, parseCheckpoint, parseNote } from '@audit/proof'

/** The contents of a stored checkpoint. Its signatures are not checked, which `audit verify --key` does. */
export interface CheckpointState {
  readonly size: number
  /** The name and id (`name+1a2b3c4d`) of each key in it; empty if the checkpoint is unsigned. */
  readonly signedBy: readonly string[]
}

/** Returns undefined if the text is not a checkpoint. */
export function checkpointStateOf(text: string): CheckpointState | undefined {
  try {
    const checkpoint = parseCheckpoint(text)
    if (text === formatCheckpoint(checkpoint)) return { size: checkpoint.size, signedBy: [] }
  } catch {
    // It is signed, or not a checkpoint.
  }
  try {
    const note = parseNote(text)
    return { size: parseCheckpoint(note.text).size, signedBy: note.signatures.map(keyLabel) }
  } catch {
    return undefined
  }
}
