// `npm run test:packed`: tries the examples of the README, the guides and the packages' READMEs as they stand, in empty projects into
// which npm, pnpm or yarn installs the packed packages. With `-- --quick` each page is tried with one column instead of three.
import { build, install, pnpm, run } from './workspace.mjs'

const words = process.argv.slice(2)
if (words.includes('--quick')) process.env.AUDIT_PACKED = 'quick'

await install()
await build('--filter=./packages/*')
const pages = words.filter((word) => word !== '--quick')
process.exitCode = await run(...pnpm('exec', 'vitest', 'run', '--project', 'packed', ...pages))
