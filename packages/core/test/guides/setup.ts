import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { packAll, run } from '../packed-project.ts'
import { nodes } from './columns.ts'
import { startRegistry } from './registry.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The address of the registry that has the packed packages. */
    readonly registry: string
    /** A folder with a folder for each version of Node, which has package managers too. */
    readonly tools: string
  }
}

let remove: (() => Promise<void>) | undefined

/**
 * Packs the packages, serves them, and installs the versions of Node and the package managers. With `AUDIT_PACKED_TOOLS` these tools
 * are kept in that folder for the next run.
 */
export async function setup(project: TestProject): Promise<void> {
  const { folder, packed } = await packAll()
  const registry = await startRegistry(packed.map(({ tarball }) => tarball))
  const kept = process.env['AUDIT_PACKED_TOOLS']
  const tools = kept ?? mkdtempSync(join(tmpdir(), 'audit-tools-'))
  for (const node of nodes) if (!existsSync(join(tools, node, 'node_modules'))) await installTools(join(tools, node), node)
  project.provide('registry', registry.url)
  project.provide('tools', tools)
  remove = async () => {
    await registry.close()
    for (const made of kept === undefined ? [folder, tools] : [folder]) rmSync(made, { recursive: true })
  }
}

/** Removes everything that `setup` made. */
export async function teardown(): Promise<void> {
  await remove?.()
}

async function installTools(folder: string, node: string): Promise<void> {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
  const packages = [`node@${node}`, 'npm@11', 'pnpm@10', 'yarn@1']
  await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error', ...packages], folder)
}
