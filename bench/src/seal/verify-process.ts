// Verifies a journal, and prints its time and memory. Started by the benchmark; by hand with a directory, a key, and 'tail' to accept one.
import { verifyTrail } from '@audit/cli'

const [directory, key, accept] = process.argv.slice(2)
const start = performance.now()
const { verdict, events } = await verifyTrail({ paths: [directory!], keys: [key!], strict: accept !== 'tail' })
const ms = performance.now() - start
const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage()
const cpuMs = Math.round((userCPUTime + systemCPUTime) / 1_000)
process.stdout.write(JSON.stringify({ ms, cpuMs, memory: maxRSS / 1_024, events, verdict }))
process.exitCode = verdict === 'proven' ? 0 : 1
