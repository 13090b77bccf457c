import { isFoundCheckpoint, type CheckpointReader } from './found-checkpoint.ts'
import { linesOfFile } from './line-chunks.ts'
import type { TrailCheck } from './trail-check.ts'

// What an anchor kept: a line of JSON for each checkpoint (`{ origin, size, checkpoint }`), events of type `audit:sealed`, or the
// checkpoints themselves, one after the other. People keep such files, so empty lines, `#` comments and the line ends of Windows
// are allowed. Anything that cannot be understood is refused.

/** An anchor cannot be read as checkpoints, so nothing was compared. */
export class AnchorError extends Error {
  override readonly name: string = 'AnchorError'
  readonly code = 'AUDIT_ANCHOR_UNREADABLE'
}

interface AnchorLine {
  readonly checkpoint?: unknown
  readonly payload?: { readonly checkpoint?: unknown } | null
}

/** Number of consecutive lines without a checkpoint after which a file is not an anchor. */
const MAX_IDLE_LINES = 100_000
const BYTE_ORDER_MARK = '\ufeff'

/**
 * Compares every checkpoint of the file with the logs. Rejects with `AnchorError` if it has none, and with errors of the file
 * system. A line of JSON without a checkpoint is left out: a crash may have cut it off.
 */
export async function readAnchor(path: string, checkpoints: CheckpointReader, trail: TrailCheck): Promise<void> {
  let count = 0
  const take = (text: string) => {
    const read = checkpoints.read(text, 'anchor', `The anchor '${path}'`)
    count++
    if (isFoundCheckpoint(read)) trail.anchor(read)
    else if (read.cause === 'unreadable') throw new AnchorError(`The anchor '${path}' cannot be read: ${read.message}`)
    else trail.found({ cause: read.cause, message: read.message })
  }
  const plain = new PlainCheckpoints(take)
  let idle = 0
  let isFirst = true
  for await (const { lines } of linesOfFile(path)) {
    const before = count
    for (const line of lines) {
      const text = lineText(line, isFirst, path)
      isFirst = false
      if (text.startsWith('{')) {
        plain.end()
        const checkpoint = checkpointIn(text)
        if (checkpoint !== undefined) take(checkpoint)
      } else if (!text.startsWith('#')) plain.add(text)
    }
    idle = count > before ? 0 : idle + lines.length
    if (idle > MAX_IDLE_LINES) throw new AnchorError(`The anchor '${path}' continues with lines that are not checkpoints.`)
  }
  plain.end()
  if (count === 0) throw new AnchorError(`The anchor '${path}' has no checkpoint.`)
}

function lineText(line: Buffer, isFirst: boolean, path: string): string {
  if (line.includes(0)) throw new AnchorError(`The anchor '${path}' is not UTF-8 text. Save it as UTF-8.`)
  const text = line.toString('utf8').replace(/\r$/, '')
  return isFirst && text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text
}

/** Checkpoints as they are: three lines, and, if they are signed, an empty line and the signatures. */
class PlainCheckpoints {
  readonly #take: (text: string) => void
  #lines: string[] = []

  constructor(take: (text: string) => void) {
    this.#take = take
  }

  add(text: string): void {
    const isSignature = text.startsWith('— ')
    // An empty line before the signatures, or between two checkpoints: the next line decides.
    if (text === '') {
      if (this.#lines.length === 3) this.#lines.push('')
      else if (this.#lines.length > 3) this.end()
    } else if (isSignature && this.#lines.length > 3) this.#lines.push(text)
    else {
      if (this.#lines.length >= 3) this.end()
      this.#lines.push(text)
    }
  }

  end(): void {
    const lines = this.#lines
    this.#lines = []
    if (lines.length < 3) return
    const isSigned = lines.length > 4
    this.#take(`${(isSigned ? lines : lines.slice(0, 3)).join('\n')}\n`)
  }
}

function checkpointIn(line: string): string | undefined {
  try {
    const { checkpoint, payload } = JSON.parse(line) as AnchorLine
    const found = checkpoint ?? payload?.checkpoint
    return typeof found === 'string' ? found : undefined
  } catch {
    return undefined
  }
}
