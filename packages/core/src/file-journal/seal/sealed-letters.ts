import { join } from 'node:path'
import { ProofError } from '@audit/proof'
import type { LineStanding } from '../../journal/capabilities.ts'
import type { Seal } from '../../journal/seal.ts'
import { CoveredLines } from './covered-lines.ts'
import { effectiveExtents } from '../../log-format/extents.ts'
import type { FileSystem } from '../../log-format/file-system.ts'
import { TileFiles } from './tile-files.ts'
import { CHECKPOINT_FILE, TILES_DIRECTORY } from '../../log-format/file-names.ts'
import { parseSegment } from '../../log-format/segment-name.ts'
import { ifMissing, ifNotThere, jsonOf, readText } from '../../log-format/small-file.ts'

// Compares events that were taken out of their logs, such as dead letters, with the checkpoints of those logs. Anyone with access
// to the files can write a letter, so its content only names the log and the offset to compare it with.

export interface SealedLettersOptions {
  readonly fileSystem: FileSystem
  readonly root: string
  readonly seal: Seal
}

/** `<service>/<instance>/<log id>`; the directory of a log has the first part and the last. */
const SOURCE = /^(\w[\w.-]*)\/[^/]+\/([a-z0-9]{8})$/

/** The result for each of these lines, in the same order. */
export async function standingsOf(lines: readonly string[], options: SealedLettersOptions): Promise<readonly LineStanding[]> {
  const logs = new Map<string, Promise<CoveredLines | undefined>>()
  const standings: LineStanding[] = []
  for (const line of lines) {
    const { source, sequence } = (jsonOf(line) ?? {}) as { readonly source?: unknown; readonly sequence?: unknown }
    if (typeof source !== 'string' || !isSequence(sequence)) {
      standings.push('changed')
      continue
    }
    if (!logs.has(source)) logs.set(source, coveredLinesOf(source, options))
    const covered = await logs.get(source)
    if (!covered) standings.push('no-log')
    else if (!(sequence < covered.size)) standings.push('not-sealed')
    else standings.push((await covered.changed([{ sequence, line }])).length > 0 ? 'changed' : 'sealed')
  }
  return standings
}

/** No log has an event with another number, so nothing is compared with it. */
function isSequence(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

/** Undefined if the log is missing, or has no checkpoint that this process trusts. */
async function coveredLinesOf(source: string, options: SealedLettersOptions): Promise<CoveredLines | undefined> {
  const { fileSystem, root, seal } = options
  const [, service, id] = SOURCE.exec(source) ?? []
  if (service === undefined) return undefined
  const directory = join(root, `${service}-${id}`)
  const text = await readText(fileSystem, join(directory, CHECKPOINT_FILE)).catch(ifNotThere)
  if (text === undefined) return undefined
  try {
    const checkpoint = seal.open(text, source)
    const log = join(directory, 'log')
    const segments = ((await fileSystem.list(log).catch(ifMissing)) ?? []).flatMap((name) => parseSegment(name) ?? [])
    const lines = { fileSystem, directory: log, extents: effectiveExtents(segments).extents, end: checkpoint.size }
    return new CoveredLines({ hashes: new TileFiles(fileSystem, join(directory, TILES_DIRECTORY)), log: lines, checkpoint })
  } catch (error) {
    if (error instanceof ProofError) return undefined
    throw error
  }
}
