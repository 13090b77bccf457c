// `npm run pack`: every published package as a tarball, to try it in a project of its own. Ranges such as `workspace:^` become versions.
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { build, install, pnpm, root, runQuietly } from './workspace.mjs'

const folder = resolve(process.env.INIT_CWD ?? '.', process.argv[2] ?? 'tarballs')
// Runs on the machine's own Node, which may be older than what the packages need.
const packages = readdirSync(join(root, 'packages'))
  .toSorted()
  .map((name) => JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8')))
  .filter((manifest) => manifest.private !== true)

await install()
await build('--filter=./packages/*')
mkdirSync(folder, { recursive: true })
for (const { name } of packages) await runQuietly(...pnpm('--filter', name, 'pack', '--pack-destination', folder))
process.stdout.write(`${packages.length} packages are in ${folder}. In another project: npm install ${folder}/*.tgz\n`)
