// Verifies a journal and prints how long that took and how much memory. Started by the benchmark; by hand with a directory and a key.
import { verifyTrail } from '@audit/cli'

const [directory, key] = process.argv.slice(2)
const start = performance.now()
const { verdict, events } = await verifyTrail({ paths: [directory!], keys: [key!], strict: true })
const ms = performance.now() - start
process.stdout.write(JSON.stringify({ ms, memory: process.resourceUsage().maxRSS / 1_024, events }))
process.exitCode = verdict === 'proven' ? 0 : 1
