import { AuditError } from '../errors.ts'
import { createLog, claimLog, whyNotContinued, type ClaimedLog, type ClaimOptions } from './claimed-log.ts'
import { FORMAT, isMarkedDamaged, listSourceDirectories, readSourceDescription } from '../log-format/source-directory.ts'

export interface ActiveLogClaim {
  readonly root: string
  readonly service: string
  readonly now: number
  readonly take: ClaimOptions
  readonly isTaken: (directory: string) => boolean
}

export interface OpenedActiveLog {
  readonly own: ClaimedLog
  /** Logs that were taken before it and found broken, or different from their seal: they are read, never written. */
  readonly damaged: readonly ClaimedLog[]
}

const MAX_NEW = 10

/** Continues a log of this service that no process writes, or makes one. */
export async function openActiveLog(options: ActiveLogClaim): Promise<OpenedActiveLog> {
  const { root, service, take, isTaken } = options
  const damaged: ClaimedLog[] = []
  for (const directory of await listSourceDirectories(take.fileSystem, root, service)) {
    const source = isTaken(directory)
      ? undefined
      : await takeFree(directory, options).catch((error: unknown) => take.aside.add(directory, error))
    if (source) take.aside.remove(directory)
    if (source && !whyNotContinued(source)) return { own: source, damaged }
    if (source) damaged.push(source)
  }
  for (let tries = 0; tries < MAX_NEW; tries++) {
    const own = await createLog(root, service, options.now, take)
    if (own) return { own, damaged }
  }
  throw new AuditError(
    'AUDIT_JOURNAL_UNAVAILABLE',
    `Other processes took every new log in '${root}' first. Start this process again.`,
  )
}

async function takeFree(directory: string, { service, take }: ActiveLogClaim): Promise<ClaimedLog | undefined> {
  const description = await readSourceDescription(take.fileSystem, directory)
  if (!description || description.service !== service) return undefined
  if (description.format === FORMAT) {
    const isDamaged = await isMarkedDamaged(take.fileSystem, directory)
    return isDamaged ? undefined : claimLog(directory, description.source, take)
  }
  take.warn(
    `format ${directory}`,
    `'${directory}' has format ${String(description.format)}; this version knows ${FORMAT}. It is not changed.`,
  )
  return undefined
}
