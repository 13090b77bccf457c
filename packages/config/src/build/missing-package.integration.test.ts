import { execFile } from 'node:child_process'
import { cpSync } from 'node:fs'
import { mkdir, realpath, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { folderWith } from '../../test/folder-with.ts'

const run = promisify(execFile)
const packages = fileURLToPath(new URL('../../../', import.meta.url))

/** An application outside of this repository, with the published packages only. */
async function application(installed: readonly string[], config: string): Promise<string> {
  const folder = await folderWith({ 'package.json': '{ "type": "module" }', 'audit.yaml': config })
  for (const name of installed) await install(name, join(folder, 'node_modules'))
  const script = `const text = (error) => { console.log(error.code, error.message); process.exit(1) }
    const { sinks } = await loadAuditConfig().catch(text)
    console.log(sinks.map(({ sink }) => sink.name).join())`
  await writeFile(join(folder, 'esm.mjs'), `import { loadAuditConfig } from '@audit/config'\n${script}`)
  await writeFile(
    join(folder, 'commonjs.cjs'),
    `const { loadAuditConfig } = require('@audit/config')\nvoid (async () => { ${script} })()`,
  )
  return folder
}

/** Leaves out types and source maps: they are three of four files, and the slowest part of this test. */
const isRun = (path: string) => !/\.(map|d\.ts)$/.test(path)

/** Copies the package, so that it resolves from its new place, and links its dependencies, as a package manager would. */
async function install(name: string, modules: string): Promise<void> {
  const source = join(packages, name.replace('@audit/', ''))
  const target = join(modules, name)
  await mkdir(target, { recursive: true })
  for (const part of ['package.json', 'dist']) cpSync(join(source, part), join(target, part), { recursive: true, filter: isRun })
  const dependencies =
    {
      '@audit/core': ['@audit/proof'],
      '@audit/config': ['yaml', 'zod'],
      '@audit/flipt': ['@audit/webhook-signature'],
      '@audit/sink-file': ['zod'],
    }[name] ?? []
  for (const dependency of dependencies) {
    const link = join(target, 'node_modules', dependency)
    await mkdir(dirname(link), { recursive: true })
    await symlink(await realpath(join(source, 'node_modules', dependency)), link)
  }
}

async function outcome(folder: string, script: string, env = {}): Promise<{ code: number; stdout: string }> {
  // Without this process's environment: a NODE_PATH would show it other packages.
  return run(process.execPath, [join(folder, script)], { cwd: folder, env }).then(
    ({ stdout }) => ({ code: 0, stdout }),
    (error: { code: number; stdout: string }) => ({ code: error.code, stdout: error.stdout }),
  )
}

const config = 'service: a\nsinks:\n  file: { path: a.log }\n  webhook: { url: "http://127.0.0.1:9" }\n'

test.each(['esm.mjs', 'commonjs.cjs'])('%s: one error lists all packages of sinks that are missing', async (script) => {
  const folder = await application(['@audit/core', '@audit/config'], config)
  const { code, stdout } = await outcome(folder, script)
  expect(code).toBe(1)
  expect(stdout).toBe(`AUDIT_INVALID_OPTIONS The audit configuration is wrong:
- audit.yaml:3:3: sinks.file: the package @audit/sink-file is not installed; npm install @audit/sink-file
- audit.yaml:4:3: sinks.webhook: the package @audit/sink-webhook is not installed; npm install @audit/sink-webhook
`)
})

test.each(['esm.mjs', 'commonjs.cjs'])('%s: a sink package of the application is found', async (script) => {
  const folder = await application(
    ['@audit/core', '@audit/config', '@audit/sink-file'],
    'service: a\nsinks: { file: { stdout: true } }\n',
  )
  expect(await outcome(folder, script)).toEqual({ code: 0, stdout: 'file:stdout\n' })
})

test.each(['esm.mjs', 'commonjs.cjs'])('%s: a sink package that only the application can resolve is found', async (script) => {
  const folder = await application([], 'service: a\nsinks: { file: { stdout: true } }\n')
  // As strict package managers install them: each package in its own folder, with links to its dependencies.
  const store = join(folder, 'store')
  for (const name of ['@audit/core', '@audit/config']) await install(name, join(store, 'config', 'node_modules'))
  for (const name of ['@audit/core', '@audit/sink-file']) await install(name, join(store, 'sink', 'node_modules'))
  await mkdir(join(folder, 'node_modules', '@audit'), { recursive: true })
  await symlink(join(store, 'config/node_modules/@audit/config'), join(folder, 'node_modules/@audit/config'))
  await symlink(join(store, 'sink/node_modules/@audit/sink-file'), join(folder, 'node_modules/@audit/sink-file'))
  expect(await outcome(folder, script)).toEqual({ code: 0, stdout: 'file:stdout\n' })
})

const withoutPackage = ['@audit/core', '@audit/config', '@audit/sink-file']
/** Configurations that need @audit/flipt, with their environment and the place that an error names. */
const ofFlipt: readonly [config: string, env: Record<string, string>, place: string][] = [
  [
    'server: {}\naudit: { sinks: { log: { enabled: true } } }\n',
    { AUDIT_SERVICE: 'a' },
    'audit.yaml:2:1: audit: this is a setting of Flipt, and',
  ],
  [
    '',
    { AUDIT_SERVICE: 'a', FLIPT_AUDIT_SINKS_LOG_ENABLED: 'true' },
    'FLIPT_AUDIT_SINKS_LOG_ENABLED: this is a setting of Flipt, and',
  ],
  ['service: a\nsinks: { file: { stdout: true, format: flipt } }\n', {}, 'audit.yaml:2:32: sinks.file.format:'],
]

test.each(['esm.mjs', 'commonjs.cjs'])(
  '%s: the only error for each configuration of Flipt names the missing package',
  async (script) => {
    const folder = await application(withoutPackage, '')
    for (const [config, env, place] of ofFlipt) {
      await writeFile(join(folder, 'audit.yaml'), config)
      const advice = 'the package @audit/flipt is not installed; npm install @audit/flipt'
      const stdout = `AUDIT_INVALID_OPTIONS The audit configuration is wrong:\n- ${place} ${advice}\n`
      expect(await outcome(folder, script, env)).toEqual({ code: 1, stdout })
    }
    await writeFile(join(folder, 'audit.yaml'), 'servce: a\n')
    expect(await outcome(folder, script)).toMatchObject({ code: 1, stdout: expect.stringContaining("did you mean 'service'?") })
  },
)

test.each(['esm.mjs', 'commonjs.cjs'])('%s: with the package, each configuration of Flipt builds its sink', async (script) => {
  const folder = await application([...withoutPackage, '@audit/flipt'], '')
  for (const [config, env] of ofFlipt) {
    await writeFile(join(folder, 'audit.yaml'), config)
    expect(await outcome(folder, script, env)).toEqual({ code: 0, stdout: 'file:stdout\n' })
  }
})
