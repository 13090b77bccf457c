// `npm run docs`: installs and builds the documentation site, in which a dead link is an error. With `-- --serve` it serves what it built.
import { install, run, workspaceNode } from './workspace.mjs'

const vitepress = (...args) => run(workspaceNode, ['apps/site/node_modules/vitepress/bin/vitepress.js', ...args, 'apps/site'])

await install()
process.exitCode = await vitepress('build')
if (process.exitCode === 0 && process.argv.includes('--serve')) process.exitCode = await vitepress('preview')
