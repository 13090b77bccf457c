// `npm test`: installs, then checks everything but the faults. Arguments behind `--` go to vitest: `npm test -- packages/koa`.
import { install, pnpm, run } from './workspace.mjs'

const given = process.argv.slice(2)
await install()
process.exitCode = await run(...pnpm('--silent', 'run', 'check', ...given))
