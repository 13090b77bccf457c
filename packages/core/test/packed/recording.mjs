// A program with sinks of the packages that need nothing from outside but zod.
import { readFileSync, writeSync } from 'node:fs'
import { createAudit, defineEvents } from '@audit/core'
import { fileSink } from '@audit/sink-file'
import { z } from 'zod'

async function main() {
  const path = `${process.argv[1]}.log`
  const events = defineEvents({ flag: { created: z.object({ key: z.string() }) } })
  const audit = createAudit({ service: 'packed', events, sinks: [fileSink({ path })] })
  await audit.record('flag:created', { key: 'packed' })
  await audit.close()
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
  writeSync(1, JSON.stringify(lines.map((line) => JSON.parse(line)).filter(({ type }) => type !== 'audit')))
}
main()
