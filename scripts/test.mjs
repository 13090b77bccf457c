// `npm test`: installs, then checks everything. What follows `--` is for vitest: `npm test -- packages/koa`.
import { install, pnpm, run } from './workspace.mjs'

await install()
process.exitCode = await run(...pnpm('--silent', 'run', 'check', ...process.argv.slice(2)))
