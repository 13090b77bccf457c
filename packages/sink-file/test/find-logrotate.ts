import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Finds the real program, which is often only on root's PATH. If it is missing: undefined, with a line on stderr; on CI an error. */
export function findLogrotate(): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin', '/usr/local/sbin']
  const found = folders.map((folder) => join(folder, 'logrotate')).find(isProgram)
  if (found) return found
  process.stderr.write('SKIPPED: the tests with logrotate, which is not installed\n')
  if (process.env['CI'] === 'true' && process.platform === 'linux') throw new Error('The tests with logrotate need logrotate.')
  return undefined
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
