// `npm run bench`: installs, builds what is measured and measures it. What follows `--` is for the benchmarks:
// `npm run bench -- --only journal`.
import { install, run, workspaceNode } from '../scripts/workspace.mjs'

await install()
process.exitCode = await run(workspaceNode, ['bench/src/main.ts', ...process.argv.slice(2)])
