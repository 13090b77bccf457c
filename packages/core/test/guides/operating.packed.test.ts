import { once } from 'node:events'
import { expect } from 'vitest'
import { tryPage } from './trial.ts'

// The guides for people who operate a service.

const events = `import { defineEvents, noPayload } from '@audit/core'
export const events = defineEvents({ flag: { created: noPayload } })
`

tryPage('docs/guides/functions.md', {
  installs: () => ['@audit/core', '@audit/sink-file'],
  mistake: ['audit.flush({', 'audit.flsh({'],
  async attempt(project, page) {
    // Without "type", as `npm init` of a function's folder leaves it, Node finds out that these files are ES modules.
    project.write('audit-events.js', events)
    project.write(
      'sinks.js',
      "import { fileSink } from '@audit/sink-file'\nexport const sinks = [fileSink({ path: 'delivered.ndjson' })]\n",
    )
    project.write('handler.js', page.block('export async function handler(event)'))
    project.write('package.json', project.read('package.json').replace(/,?"type":"\w+"/, ''))
    // Reads the file before the process ends: the event has to be delivered when the function answers.
    const call = `import { readFileSync } from 'node:fs'
import { handler } from './handler.js'
for (const call of [1, 2]) console.log((await handler({ call })).statusCode, readFileSync('delivered.ndjson', 'utf8').split('"flag"').length - 1)
process.exit()
`
    project.write('call.js', call)
    expect(await project.node(['call.js'])).toBe('201 1\n201 2\n')
  },
})

tryPage('docs/guides/kubernetes.md', {
  installs: () => ['@audit/core', '@audit/sink-file', '@audit/cli'],
  mistake: ['await audit.ready()', 'await audit.raedy()'],
  async attempt(project, page) {
    project.write('audit-events.mjs', events)
    const { ready, stop } = { ready: page.block("request.url === '/ready'"), stop: page.block("process.once('SIGTERM'") }
    const server = `import { createServer } from 'node:http'
import { createAudit } from '@audit/core'
import { fileSink } from '@audit/sink-file'
import { events } from './audit-events.mjs'
const audit = createAudit({ service: 'flags-api', events, sinks: [fileSink({ path: 'audit.ndjson' })], seal: { keyFile: process.argv[2] } })
const server = createServer(async (request, response) => {
  ${ready}
  await audit.record('flag:created', null)
  response.writeHead(201).end()
})
${stop}
server.listen(0, () => console.log(server.address().port))
`
    project.write('server.mjs', server)
    const [keygen] = /audit (keygen .*?\.key)`/.exec(page.text)!.slice(1)
    await project.command('audit', keygen!.split(' '))
    const child = project.start(['server.mjs', 'seal.key'], { AUDIT_DIRECTORY: 'volume/journal' })
    try {
      const [port] = (await once(child.stdout!, 'data')) as [Buffer]
      const url = `http://127.0.0.1:${port.toString().trim()}`
      const probe = await fetch(`${url}/ready`)
      expect([probe.status, await probe.json()]).toEqual([200, expect.objectContaining({ status: 'ok' })])
      expect((await fetch(url)).status).toBe(201)
      child.kill('SIGTERM')
      expect(await once(child, 'close')).toEqual([0, null])
    } finally {
      child.kill('SIGKILL')
    }
    expect(project.read('audit.ndjson')).toContain('"flag"')
    expect((await project.command('audit', ['status', 'volume/journal'])).stdout).toContain('signed by flags-api')
    page.leaveOut('kind: StatefulSet', 'needs a cluster')
    page.leaveOut('secretName: flags-api-seal', 'needs a cluster')
  },
})

tryPage('docs/guides/log-files.md', {
  installs: () => ['@audit/core', '@audit/sink-file'],
  mistake: ["reopenOn: 'SIGHUP'", "reopenOn: 'SIGHUPP'"],
  async attempt(project, page) {
    const expressions = Array.from(page.text.matchAll(/fileSink\(\{.*?\}\)/g), ([code]) => code.replace('/var/log/flags/', './'))
    project.write(
      'sinks.mts',
      `import { fileSink } from '@audit/sink-file'\nexport const sinks = [${expressions.join(', ')}]\nconsole.log(sinks.length)\n`,
    )
    expect(Number(await project.runTypeScript('sinks.mts'))).toBe(expressions.length)
    page.leaveOut('create 0600 flags flags', 'a test of the sink runs logrotate with it')
    page.leaveOut('copytruncate', 'a test of the sink runs logrotate with it')
  },
})

tryPage('docs/guides/webhook-receivers.md', {
  installs: () => ['@audit/core', '@audit/sink-webhook'],
  mistake: ['status < 300 ||', 'status < 500 ||'],
  async attempt(project, page) {
    // A receiver on this machine gives each answer, and the sink has to take it as the page says.
    const answers = [
      [{ items: [{ create: { status: 201 } }, { create: { status: 400 } }] }, 'elasticsearch'],
      [{ partialSuccess: { rejectedLogRecords: '1' } }, 'otlp'],
      ['Webhook message delivery failed', 'teams'],
      [1, 'teams'],
    ] as const
    const program = `import { createServer } from 'node:http'
import { sampleBatch } from '@audit/core/testing'
${page.block('export const elasticsearch')}
const answers: unknown[] = ${JSON.stringify(answers.map(([answer]) => answer))}
let answer: unknown
const server = createServer((request, response) => void request.resume().on('end', () => response.end(JSON.stringify(answer)))).listen(0)
const url = \`http://127.0.0.1:\${(server.address() as { port: number }).port}/\`
for (const accepts of [${answers.map(([, name]) => name).join(', ')}]) {
  answer = answers.shift()
  const sink = webhookSink({ url, accepts })
  const write = sink.write(sampleBatch(2), { signal: new AbortController().signal })
  const thrown = (await write.then(() => undefined, (error: unknown) => error)) as { refused?: number[]; retryable?: boolean } | undefined
  console.log(JSON.stringify(thrown && { refused: thrown.refused, retryable: thrown.retryable }))
  await sink.close?.()
}
server.close()
`
    project.write('receivers.mts', program)
    const [bulk, otlp, teams, stored] = (await project.runTypeScript('receivers.mts')).split('\n')
    expect(JSON.parse(bulk!)).toMatchObject({ refused: [1] })
    expect(JSON.parse(otlp!)).toMatchObject({ retryable: false })
    expect(JSON.parse(teams!)).toMatchObject({ retryable: true })
    expect(stored).toBe('undefined')
  },
})

tryPage('docs/guides/write-a-sink.md', {
  has: () => ['vitest@5', 'vite@7', 'zod@4'],
  installs: () => ['@audit/core'],
  mistake: ['if (!response.ok) throw classifyAnswer(response, answer)', 'if (!response.ok) console.error(answer)'],
  async attempt(project, page) {
    const files = ['collector-sink.ts', 'classify-answer.ts', 'collector-sink-options.ts', 'collector-sink.test.ts']
    for (const file of files) project.write(file, page.block(`// ${file}\n`))
    await project.compile(files, { noEmit: true, allowImportingTsExtensions: true })
    await project.node(['node_modules/vitest/vitest.mjs', 'run'])
  },
})
