// Measures one case in this process, so that no other case has shaped its heap or its code. By hand, for a profile:
// `node --cpu-prof bench/src/run-case.ts call audit.record /tmp/scratch`.
import { mkdirSync } from 'node:fs'
import type { JournalKind } from './benchmark.ts'
import { groups } from './groups.ts'

const [groupName, caseName, directory, scale = '1', journal = 'file'] = process.argv.slice(2)
const found = groups.find(({ name }) => name === groupName)?.cases.find(({ name }) => name === caseName)
if (!found || directory === undefined) throw new Error('Give a group, one of its cases, and a directory to write to.')

// The process that started this has ended, so the numbers have no reader.
const stop = () => process.exit(1)
process.once('disconnect', stop)

mkdirSync(directory, { recursive: true })
const measure = await found.load()
const results = await measure({ directory, scale: Number(scale), journal: journal as JournalKind })
process.off('disconnect', stop)
if (process.send) process.send(results, () => process.disconnect())
else process.stdout.write(`${JSON.stringify(results, undefined, 2)}\n`)
