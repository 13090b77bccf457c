// `npm run test:versions`: the packed packages with other versions of test runners, NestJS, TypeScript and Node, and the unit tests on
// the supported versions of Node that `npm test` does not run on.
import { build, install, npx, pnpm, run, runQuietly } from './workspace.mjs'

const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--reporter=default', '--project=unit']

await install()
await build()
const code = await run(...pnpm('exec', 'vitest', 'run', '--project', 'versions'))
if (code !== 0) process.exit(code)
for (const major of ['22', '26']) {
  const node = `node@${major}`
  const output = await runQuietly(...npx(node, '-p', 'process.version'))
  const version = output.trim().split('\n').at(-1)
  if (!version.startsWith(`v${major}.`)) throw new Error(`Asked for Node ${major}, got ${version}.`)
  process.stdout.write(`\nThe unit tests on Node ${version}:\n`)
  const code = await run(...npx(node, ...vitest))
  if (code !== 0) process.exit(code)
}
