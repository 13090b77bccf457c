// `npm run test:faults`: installs, builds and runs the faults. Arguments behind `--` go to the runner: `npm run test:faults --
// --quick`.
import { build, install, run, workspaceNode } from './workspace.mjs'

await install()
const packages = ['core', 'sink-file', 'sink-webhook', 'cli', 'koa', 'nest']
await build(...packages.map((name) => `--filter=@audit/${name}`))
process.exitCode = await run(workspaceNode, ['faults/run.ts', ...process.argv.slice(2)])
