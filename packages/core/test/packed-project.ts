import { spawn } from 'node:child_process'
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const workspace: string = fileURLToPath(new URL('../../..', import.meta.url))

interface Manifest {
  readonly name: string
  readonly private?: boolean
  readonly dependencies?: Readonly<Record<string, string>>
}

/** The packages as npm would publish them, in a folder of their own. */
export interface Tarballs {
  readonly folder: string
  readonly packed: readonly Packed[]
}

/** One of these packages. */
export interface Packed {
  readonly manifest: Manifest
  /** Its folder in the repository. */
  readonly source: string
  readonly tarball: string
}

export function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
}

/** Runs a program to its end and resolves with its standard output; rejects with all its output if it fails. */
export async function run(program: string, args: readonly string[], cwd: string): Promise<string> {
  return (await outputOf(program, args, cwd)).stdout
}

/** The same with the standard error, to which Jest reports. */
export async function runAll(program: string, args: readonly string[], cwd: string): Promise<string> {
  const { stdout, stderr } = await outputOf(program, args, cwd)
  return stdout + stderr
}

async function outputOf(program: string, args: readonly string[], cwd: string): Promise<{ stdout: string; stderr: string }> {
  const env = { ...process.env, NODE_OPTIONS: '', NODE_ENV: '', FORCE_COLOR: '0' }
  const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const said = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => (said[stream] += text))
  }
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve))
  if (code !== 0)
    throw new Error(`${basename(program)} ${args.join(' ')} ended with ${String(code)}:\n${said.stdout}${said.stderr}`)
  return said
}

/** Packs every package that is published, as pnpm would for the registry: `workspace:` ranges become versions. */
export async function packAll(): Promise<Tarballs> {
  const folders = globSync('packages/*/package.json', { cwd: workspace }).map((path) => join(workspace, path, '..'))
  const published = folders.toSorted().filter((folder) => readManifest(folder).private !== true)
  const folder = mkdtempSync(join(tmpdir(), 'audit-tarballs-'))
  return { folder, packed: await Promise.all(published.map((source) => pack(source, join(folder, basename(source))))) }
}

async function pack(source: string, target: string): Promise<Packed> {
  const manifest = readManifest(source)
  if (globSync('dist/index.*js', { cwd: source }).length !== 2) throw new Error(`${manifest.name} is not built: npm run build.`)
  mkdirSync(target)
  await run('npx', ['--yes', 'pnpm@12', 'pack', '--pack-destination', target], source)
  return { manifest, source, tarball: join(target, globSync('*.tgz', { cwd: target })[0] ?? 'none') }
}

/**
 * Makes an empty project, installs tarballs and packages of the registry with npm, and puts the programs of `packed/` into it.
 */
export async function makeProject(tarballs: readonly string[], packages: readonly string[]): Promise<string> {
  const project = mkdtempSync(join(tmpdir(), 'audit-project-'))
  writeFileSync(join(project, 'package.json'), '{ "name": "project", "version": "1.0.0", "private": true }\n')
  await run(
    'npm',
    ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error', ...tarballs, ...packages],
    project,
  )
  cpSync(fileURLToPath(new URL('packed', import.meta.url)), project, { recursive: true })
  return project
}
