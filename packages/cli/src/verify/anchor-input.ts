import { isClaim, type ClaimReader } from './claims.ts'
import { linesOfFile } from './line-chunks.ts'
import type { TrailCheck } from './trail-check.ts'

// What an anchor kept: a line of JSON for each checkpoint (`{ origin, size, checkpoint }`), events of type `audit:sealed`, or the
// checkpoints themselves, one after the other.

interface AnchorLine {
  readonly checkpoint?: unknown
  readonly payload?: { readonly checkpoint?: unknown } | null
}

/** Holds every checkpoint of the file against the logs. Lines that are none are passed over; a file without any is a finding. */
export async function readAnchor(path: string, claims: ClaimReader, trail: TrailCheck): Promise<void> {
  let count = 0
  const take = (text: string) => {
    const read = claims.read(text, 'anchor', `The anchor '${path}'`)
    count++
    if (isClaim(read)) trail.anchor(read)
    else trail.found({ cause: read.cause, message: read.message })
  }
  let plain: string[] = []
  const takePlain = () => {
    if (plain.length >= 3) take(`${plain.join('\n')}\n`)
    plain = []
  }
  for await (const { lines } of linesOfFile(path)) {
    for (const line of lines) {
      const text = line.toString('utf8')
      const checkpoint = text.startsWith('{') ? checkpointIn(text) : undefined
      if (checkpoint !== undefined) take(checkpoint)
      else if (text.startsWith('{')) continue
      // Signature lines, an empty line, and then the three of the next text.
      else if (plain.length >= 3 && !text.startsWith('— ') && text !== '') {
        takePlain()
        plain = [text]
      } else if (text !== '' || plain.length > 0) plain.push(text)
    }
  }
  while (plain.at(-1) === '') plain.pop()
  takePlain()
  if (count === 0) trail.found({ cause: 'unreadable', message: `The anchor '${path}' has no checkpoint.` })
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
