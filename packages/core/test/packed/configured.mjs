// A program that reads from a file where its events go. The packages of the sinks are loaded because the file names them.
import { once } from 'node:events'
import { readFileSync, writeFileSync, writeSync } from 'node:fs'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { loadAuditConfig } from '@audit/config'
import { createAudit, defineEvents, memoryJournal } from '@audit/core'
import { z } from 'zod'

async function main() {
  const received = []
  const receiver = createServer(async (request, response) => {
    received.push(...JSON.parse(await text(request)))
    response.writeHead(204).end()
  }).listen(0, '127.0.0.1')
  await once(receiver, 'listening')
  const url = `http://127.0.0.1:${receiver.address().port}/`
  const path = `${process.argv[1]}.log`
  writeFileSync('configured.yaml', `service: packed\nsinks:\n  file: { path: '${path}' }\n  webhook: { url: '${url}' }\n`)

  const config = await loadAuditConfig({ file: 'configured.yaml' })
  const events = defineEvents({ flag: { created: z.object({ key: z.string() }) } })
  const audit = createAudit({ events, ...config, journal: memoryJournal() })
  await audit.record('flag:created', { key: 'packed' })
  await audit.close()
  receiver.closeAllConnections()
  receiver.close()
  const written = readFileSync(path, 'utf8').trimEnd().split('\n')
  const all = [...received, ...written.map((line) => JSON.parse(line))]
  writeSync(1, JSON.stringify(all.filter(({ type }) => type !== 'audit')))
}
main()
