import { AuditError } from '../../errors.ts'
import { createSource, takeSource, whyNotContinued, type OwnedSource, type TakeOptions } from './owned-source.ts'
import { FORMAT, isMarkedDamaged, listSourceDirectories, readSourceDescription } from './source-directory.ts'

export interface OwnSourceOptions {
  readonly root: string
  readonly service: string
  readonly now: number
  readonly take: TakeOptions
  readonly isTaken: (directory: string) => boolean
}

export interface OwnSource {
  readonly own: OwnedSource
  /** Taken on the way and found broken, or not as it was sealed: to be read, never to be written. */
  readonly damaged: readonly OwnedSource[]
}

const MAX_NEW = 10

/** Continues a source of this service that nobody writes, or makes one. */
export async function openOwnSource(options: OwnSourceOptions): Promise<OwnSource> {
  const { root, service, take, isTaken } = options
  const damaged: OwnedSource[] = []
  for (const directory of await listSourceDirectories(take.fileSystem, root, service)) {
    const source = isTaken(directory)
      ? undefined
      : await takeFree(directory, options).catch((error: unknown) => take.aside.add(directory, error))
    if (source) take.aside.remove(directory)
    if (source && !whyNotContinued(source)) return { own: source, damaged }
    if (source) damaged.push(source)
  }
  for (let tries = 0; tries < MAX_NEW; tries++) {
    const own = await createSource(root, service, options.now, take)
    if (own) return { own, damaged }
  }
  throw new AuditError('AUDIT_JOURNAL_UNAVAILABLE', `Every new log in '${root}' was taken by another process at once.`)
}

async function takeFree(directory: string, { service, take }: OwnSourceOptions): Promise<OwnedSource | undefined> {
  const description = await readSourceDescription(take.fileSystem, directory)
  if (!description || description.service !== service) return undefined
  if (description.format === FORMAT) {
    const isDamaged = await isMarkedDamaged(take.fileSystem, directory)
    return isDamaged ? undefined : takeSource(directory, description.source, take)
  }
  take.warn(
    `format ${directory}`,
    `'${directory}' has format ${String(description.format)}; this version knows ${FORMAT}. It is left as it is.`,
  )
  return undefined
}
