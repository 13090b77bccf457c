import { join } from 'node:path'
import { AuditError } from '../errors.ts'
import type { FileSystem } from '../log-format/file-system.ts'
import { ifMissing, readText, replaceFile } from '../log-format/small-file.ts'
import { isWritableByAll } from '../log-format/source-inspection.ts'

// Another process asks the owner of a log to do something: it puts a complete `<id>.json` into `commands/`, and the owner
// writes `<id>.done` a moment later. Access is not checked: a process that can write there could change the log itself.

export interface CommandsOptions {
  readonly fileSystem: FileSystem
  /**
   * Carries out the command in the file, in the process that `owner` names. Its answer and its errors go into the `.done` file.
   */
  readonly execute: (command: unknown, owner: string) => Promise<unknown>
  readonly warn: (cause: string, message: string) => void
}

const REQUEST = /^[A-Za-z0-9_-]{1,64}\.json$/
const MAX_A_ROUND = 100

/** Carries out the commands in the `commands/` of a log, in the order of their names. `owner`: the log and the term of its owner. */
export async function runCommands(directory: string, owner: string, options: CommandsOptions): Promise<void> {
  const { fileSystem } = options
  const execute = (command: unknown) => options.execute(command, owner)
  let left = MAX_A_ROUND
  for (const name of (await fileSystem.list(directory)).filter((each) => REQUEST.test(each)).toSorted()) {
    const path = join(directory, name)
    if (await isRefused(path, options)) continue
    if (left-- === 0) return
    const answer = await answerTo(path, fileSystem, execute)
    const done = await replaceFile(fileSystem, path.replace(/json$/, 'done'), Buffer.from(`${JSON.stringify(answer)}\n`))
    await done.close()
    // After a crash before this, the command is carried out again; every command may be repeated.
    await fileSystem.remove(path).catch(ifMissing)
  }
}

/** A directory or a FIFO cannot be answered and removed. A file that all users may write has no known author. */
async function isRefused(path: string, { fileSystem, warn }: CommandsOptions): Promise<boolean> {
  const stat = await fileSystem.stat(path).catch(ifMissing)
  if (stat?.kind === 'file' && !isWritableByAll(stat)) return false
  if (stat) warn(`command ${path}`, `'${path}' was not carried out: only its owner may have permission to write it. Remove it.`)
  return true
}

async function answerTo(path: string, fileSystem: FileSystem, execute: (command: unknown) => Promise<unknown>): Promise<object> {
  try {
    return { ok: true, result: await execute(JSON.parse((await readText(fileSystem, path)) ?? '')) }
  } catch (error) {
    const code = AuditError.isInstance(error) ? error.code : 'AUDIT_INVALID_OPTIONS'
    return { ok: false, code, message: error instanceof Error ? error.message : 'It failed.' }
  }
}
