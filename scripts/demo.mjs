// `npm run demo`: installs, builds and starts the demo. What follows `--` is for the demo: `npm run demo -- --once`.
import { build, install, run, workspaceNode } from './workspace.mjs'

await install()
await build('--filter=@audit/demo...')
process.exitCode = await run(workspaceNode, ['apps/demo/dist/main.js', ...process.argv.slice(2)])
