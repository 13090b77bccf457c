// `npm test`: installs, tries the faults for a few minutes, then checks everything. What follows `--` is for vitest, and then there
// are no faults: `npm test -- packages/koa`.
import { install, pnpm, run } from './workspace.mjs'

const given = process.argv.slice(2)
await install()
const faults = given.length === 0 ? await run(...pnpm('--silent', 'run', 'test:faults', '--quick')) : 0
const checks = await run(...pnpm('--silent', 'run', 'check', ...given))
process.exitCode = faults === 0 ? checks : faults
