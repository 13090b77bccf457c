// `npm run test:faults`: installs, builds and runs the faults. Arguments behind `--` go to the runner: `npm run test:faults --
// --quick`.
import { build, install, run, workspaceNode } from './workspace.mjs'

await install()
await build('--filter=@audit/core', '--filter=@audit/sink-file', '--filter=@audit/sink-webhook', '--filter=@audit/cli')
process.exitCode = await run(workspaceNode, ['faults/run.ts', ...process.argv.slice(2)])
