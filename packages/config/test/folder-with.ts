import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'
import { AuditError } from '@audit/core'
import type { AuditConfig } from '../src/audit-config.ts'
import { loadAuditConfig } from '../src/load-audit-config.ts'

/** Creates a folder with these files, and removes it after the test. */
export async function folderWith(files: Readonly<Record<string, string>> = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'audit-config-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), text)
  }
  return folder
}

export type Environment = Readonly<Record<string, string>>

/** Loads one file, called `audit.yaml` by default, with only this environment. */
export async function load(text: string, env: Environment = {}, name = 'audit.yaml'): Promise<AuditConfig> {
  const directory = await folderWith({ [name]: text })
  return loadAuditConfig({ directory, env, file: name, service: 'test' })
}

/** Lists the problems that are found, one line each. Fails without any. */
export async function problemsOf(loading: Promise<unknown>): Promise<readonly string[]> {
  const error = await loading.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!AuditError.isInstance(error) || error.code !== 'AUDIT_INVALID_OPTIONS')
    throw new Error('No problem was found in the options.', { cause: error })
  return error.message
    .split('\n')
    .filter((line) => line.startsWith('- '))
    .map((line) => line.slice(2))
}
