import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, delimiter, dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { inject } from 'vitest'
import type { Column } from './columns.ts'

type Environment = Readonly<Record<string, string>>

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Starts at `npm init`: an empty project of a user, with one version of Node and one package manager. */
export class GuideProject {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'audit-guide-'))
  readonly column: Column
  readonly #tools: string

  constructor(column: Column) {
    this.column = column
    this.#tools = join(inject('tools'), column.node, 'node_modules')
    const type = column.module === 'CommonJS' ? 'commonjs' : 'module'
    this.write('package.json', JSON.stringify({ name: 'project', version: '1.0.0', private: true, type }))
    // The scope has a registry of its own, as with packages of a company. Every manager of the columns reads this file.
    this.write('.npmrc', `@audit:registry=${inject('registry')}/\n`)
  }

  get isCommonJs(): boolean {
    return this.column.module === 'CommonJS'
  }

  write(path: string, content: string): void {
    mkdirSync(dirname(join(this.folder, path)), { recursive: true })
    writeFileSync(join(this.folder, path), content)
  }

  read(path: string): string {
    return readFileSync(join(this.folder, path), 'utf8')
  }

  /** Installs what an install line names, with the column's package manager and only the peers that it takes by itself. */
  async install(packages: readonly string[]): Promise<void> {
    const words = packages.filter((word) => !word.startsWith('-'))
    // Two processes of yarn 1 may not share its cache at once. What is in it would be taken for the packages of this run.
    const yarn = ['--silent', '--non-interactive', '--mutex', `file:${join(inject('tools'), 'yarn.lock')}`]
    const options = {
      npm: ['install', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'],
      pnpm: ['add', '--prefer-offline'],
      yarn: ['add', ...yarn, '--cache-folder', join(inject('tools'), 'yarn-cache')],
    }
    await this.#mustRun(this.column.manager, [...options[this.column.manager], ...words])
  }

  /** Type-checks a program in TypeScript and runs it: in CommonJS as it was compiled, else as Node itself reads it. */
  async runTypeScript(file: string, env: Environment = {}): Promise<string> {
    const isCompiled = this.isCommonJs && file.endsWith('.ts')
    await this.compile(
      [file],
      isCompiled ? { rewriteRelativeImportExtensions: true } : { noEmit: true, allowImportingTsExtensions: true },
    )
    return this.node([isCompiled ? `dist/${file.replace(/ts$/, 'js')}` : file], env)
  }

  /** Runs a program of the column's Node, and rejects if it fails or does not end. */
  async node(args: readonly string[], env: Environment = {}): Promise<string> {
    return (await this.#mustRun('node', args, env)).stdout
  }

  /** Runs a command that an installed package has, as `npx` does. */
  async command(name: string, args: readonly string[], env: Environment = {}): Promise<Ended> {
    return this.#run(join(this.folder, 'node_modules', '.bin', name), args, env)
  }

  /** Starts a program and leaves it running. */
  start(args: readonly string[], env: Environment = {}): ReturnType<typeof spawn> {
    return spawn('node', args, { cwd: this.folder, env: this.#environment(env), stdio: ['ignore', 'pipe', 'pipe'] })
  }

  /**
   * Compiles with the column's TypeScript, strictly and without `skipLibCheck`, and rejects with the errors in the user's files and in
   * ours. Declarations of other packages may have errors with the oldest TypeScript.
   */
  async compile(files: readonly string[], options: Readonly<Record<string, unknown>> = {}): Promise<void> {
    const strict = { module: 'nodenext', target: 'es2022', strict: true, skipLibCheck: false, types: ['node'] }
    const compilerOptions = { ...strict, rootDir: '.', outDir: 'dist', ...options }
    this.write('tsconfig.json', JSON.stringify({ compilerOptions, files }))
    const { code, stdout } = await this.#run('node', ['node_modules/typescript/bin/tsc', '--pretty', 'false'], {})
    const errors = stdout.split('\n').filter((line) => /\berror TS\d+/.test(line))
    const ours = errors.filter((line) => !/^(\.\.\/)*node_modules\/(?!(\.pnpm\/)?@audit)/.test(line))
    if (ours.length > 0 || (code !== 0 && errors.length === 0)) throw new Error(`tsc ended with ${code}:\n${stdout}`)
  }

  /** Removes what programs and the compiler left, so that the next attempt does not find it. */
  clean(): void {
    const kept = new Set(['node_modules', 'package.json', '.npmrc', 'package-lock.json', 'pnpm-lock.yaml', 'yarn.lock'])
    for (const name of readdirSync(this.folder)) if (!kept.has(name)) rmSync(join(this.folder, name), { recursive: true })
  }

  remove(): void {
    rmSync(this.folder, { recursive: true })
  }

  async #mustRun(program: string, args: readonly string[], env: Environment = {}): Promise<Ended> {
    const ended = await this.#run(program, args, env)
    if (ended.code === 0) return ended
    throw new Error(`${basename(program)} ${args.join(' ')} ended with ${ended.code}:\n${ended.stdout}${ended.stderr}`)
  }

  async #run(program: string, args: readonly string[], env: Environment): Promise<Ended> {
    const child = spawn(program, args, { cwd: this.folder, env: this.#environment(env), stdio: ['ignore', 'pipe', 'pipe'] })
    const ended = new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve))
    const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended])
    return { code, stdout, stderr }
  }

  /** This process's variables, without those that change what a user's program does. */
  #environment(env: Environment): Environment {
    const own = /^(AUDIT_|VITEST|NODE_OPTIONS$|NODE_ENV$|npm_)/
    const inherited = Object.entries(process.env).filter((entry): entry is [string, string] => !own.test(entry[0]))
    const path = [join(this.#tools, 'node', 'bin'), join(this.#tools, '.bin'), process.env['PATH'] ?? ''].join(delimiter)
    return { ...Object.fromEntries(inherited), PATH: path, CI: 'true', NO_COLOR: '1', FORCE_COLOR: '0', ...env }
  }
}
