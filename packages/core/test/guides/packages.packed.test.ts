import { once } from 'node:events'
import { expect } from 'vitest'
import type { GuideProject } from './project.ts'
import { inFunction, tryPage } from './trial.ts'

// The READMEs of the packages that need no framework.

const zodEvents = `import { defineEvents } from '@audit/core'
import { z } from 'zod'
const flag = z.object({ key: z.string(), enabled: z.boolean().optional() })
export const events = defineEvents({ flag: { created: flag, updated: flag, deleted: { payload: flag, target: ({ key }) => key } } })
`
const events = `import { defineEvents, noPayload } from '@audit/core'
export const events = defineEvents({ flag: { created: noPayload, deleted: noPayload } })
`
const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
/** A program of which CommonJS can have every statement. */
const program = (project: GuideProject, code: string) =>
  project.isCommonJs && /^(const .*= )?await /m.test(code) ? inFunction(code) : code
const parsed = (lines: string) =>
  lines
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as { type: string; action: string; status: string })
const own = (lines: string) =>
  parsed(lines)
    .filter(({ type }) => type !== 'audit')
    .map(({ type, action, status }) => `${type}:${action} ${status}`)

tryPage('packages/core/README.md', {
  mistake: ["audit.record('flag:created'", "audit.record('flag:craeted'"],
  async attempt(project, page) {
    project.write('src/example.ts', program(project, page.block('export const audit = createAudit(')))
    expect(own(await project.runTypeScript('src/example.ts'))).toEqual([
      'flag:created success',
      'flag:deleted attempted',
      'flag:deleted success',
      'flag:deleted denied',
    ])
  },
})

tryPage('packages/config/README.md', {
  installs: (page) => [...page.installLine(), '@audit/sink-webhook', 'zod'],
  mistake: ['file: { path: audit.log', 'file: { pth: audit.log'],
  async attempt(project, page) {
    page.installLine()
    const written = page.block('file: { path: audit.log')
    // In CommonJS the function that loads the configuration also uses it.
    const use = `await audit.record('flag:updated', { key: 'a' })\nawait audit.close({ timeoutMs: 1_000 })\n`
    project.write('src/audit-events.ts', zodEvents)
    project.write('src/main.ts', program(project, page.block('export const audit = createAudit({ events, ...config })') + use))
    project.write('audit.yaml', written)
    await project.runTypeScript('src/main.ts', { WEBHOOK_SECRET: secret })
    expect(own(project.read('audit.log'))).toEqual(['flag:updated success'])
    const schema = /\$schema=(\S+)/.exec(written)![1]!
    expect(JSON.parse(project.read(schema))).toHaveProperty('properties.sinks')

    project.write('audit.yaml', `service: flags-api\n${page.block('security:\n')}`)
    await project.runTypeScript('src/main.ts', { SECURITY_URL: 'http://127.0.0.1:1/', AUDIT_DIRECTORY: 'second' })

    const variables = Object.fromEntries(
      Array.from(page.block('node server.js').matchAll(/(AUDIT_\w+)=(\S+)/g), ([, name, value]) => [name!, value!]),
    )
    project.write('audit.yaml', '{}\n')
    const printed = await project.runTypeScript('src/main.ts', { ...variables, AUDIT_DIRECTORY: 'third' })
    expect(own(printed)).toEqual(['flag:updated success'])

    page.leaveOut('AuditError: The audit configuration is wrong', 'a test of the package compares it')
  },
})

tryPage('packages/sink-file/README.md', {
  mistake: ['keepFiles: 30', 'keepFile: 30'],
  async attempt(project, page) {
    const example = page.block('export const audit = createAudit(').replaceAll('/var/log/flags/', `${project.folder}/log/`)
    project.write('src/audit-events.ts', events)
    project.write('src/audit.ts', example)
    project.write(
      'src/main.ts',
      inFunction("import { audit } from './audit.ts'\nawait audit.record('flag:created', null)\nawait audit.close()\n"),
    )
    await project.runTypeScript('src/main.ts')
    expect(own(project.read('log/audit.log'))).toEqual(['flag:created success'])
    page.leaveOut('tail -f', 'commands of the system')
  },
})

tryPage('packages/sink-webhook/README.md', {
  installs: (page) => [...page.installLine(), '@audit/webhook-signature'],
  mistake: [
    'verifyWebhook({ headers: request.headers, body }, secret)',
    'verifyWebhook({ headers: request.headers, body: body.subarray(1) }, secret)',
  ],
  async attempt(project, page) {
    page.installLine()
    project.write('src/audit-events.ts', events)
    const rest = { messages: 'const slack', formats: 'createHmac', anchor: 'webhookAnchor({ url' }
    const others = Object.entries(rest).map(([name, part]) => {
      project.write(`src/${name}.ts`, page.block(part))
      return `import './${name}.ts'\n`
    })
    // The receiver prints its free port, which the sender has to learn.
    project.write(
      'src/receiver.ts',
      page
        .block('createServer(async (request, response)')
        .replace(
          '.listen(4500)',
          '.listen(0, function (this: { address(): unknown }) { console.log((this.address() as { port: number }).port) })',
        ),
    )
    project.write(
      'src/sender.ts',
      page
        .block("url: 'https://hooks.example.com/audit'")
        .replace("'https://hooks.example.com/audit'", "process.env['HOOK_URL']!"),
    )
    const send = "import { audit } from './sender.ts'\nawait audit.record('flag:created', null)\nawait audit.close()\n"
    project.write('src/main.ts', inFunction(send))
    project.write('src/all.ts', `${others.join('')}import './receiver.ts'\nimport './sender.ts'\nimport './main.ts'\n`)
    const isCompiled = project.isCommonJs
    await project.compile(
      ['src/all.ts'],
      isCompiled ? { rewriteRelativeImportExtensions: true } : { noEmit: true, allowImportingTsExtensions: true },
    )
    const file = (name: string) => (isCompiled ? `dist/src/${name}.js` : `src/${name}.ts`)
    const receiver = project.start([file('receiver')], { AUDIT_WEBHOOK_SECRET: secret })
    let printed = ''
    receiver.stdout!.on('data', (chunk: Buffer) => (printed += chunk.toString()))
    try {
      await expect.poll(() => printed).toMatch(/^\d+\n/)
      await project.node([file('main')], { HOOK_URL: `http://127.0.0.1:${printed.trim()}/`, AUDIT_WEBHOOK_SECRET: secret })
      await expect.poll(() => printed, { timeout: 5_000 }).toMatch(/^flag created [0-9a-f-]{36}$/m)
    } finally {
      receiver.kill('SIGKILL')
      await once(receiver, 'close')
    }
    const variables = {
      SLACK_WEBHOOK_URL: 'https://hooks.slack.com/x',
      AUDIT_SEAL_KEY: '',
      ANCHOR_SECRET: secret,
      AUDIT_DIRECTORY: 'others',
    }
    for (const name of ['messages', 'formats']) await project.node([file(name)], variables)
    page.leaveOut('openssl rand', 'a command of the system')
  },
})

tryPage('packages/webhook-signature/README.md', {
  mistake: [
    'verifyWebhook({ headers: request.headers, body }, secret)',
    "verifyWebhook({ headers: request.headers, body }, 'whsec_' + secret)",
  ],
  async attempt(project, page) {
    const receiver = page
      .block('WebhookSignatureError }')
      .replace(
        '.listen(4500)',
        '.listen(0, function (this: { address(): unknown }) { console.log((this.address() as { port: number }).port) })',
      )
    project.write('src/receiver.ts', receiver)
    const signing = page.block('webhookSigner(generateWebhookSecret())')
    const sender = signing
      .replace('generateWebhookSecret()', "process.env['AUDIT_WEBHOOK_SECRET']!")
      .replace("await fetch('https://receiver.example/hook'", "const response = await fetch(process.env['HOOK_URL']!")
    const main = `${sender}\nconsole.log(response.status, generateWebhookSecret().length > 40)\n`
    project.write('src/sender.ts', program(project, main))
    project.write('src/signing.ts', program(project, signing))
    project.write('src/all.ts', "import './receiver.ts'\nimport './sender.ts'\nimport './signing.ts'\n")
    const isCompiled = project.isCommonJs
    await project.compile(
      ['src/all.ts'],
      isCompiled ? { rewriteRelativeImportExtensions: true } : { noEmit: true, allowImportingTsExtensions: true },
    )
    const file = (name: string) => (isCompiled ? `dist/src/${name}.js` : `src/${name}.ts`)
    const child = project.start([file('receiver')], { AUDIT_WEBHOOK_SECRET: secret })
    try {
      const [port] = (await once(child.stdout!, 'data')) as [Buffer]
      const url = `http://127.0.0.1:${port.toString().trim()}/`
      expect(await project.node([file('sender')], { HOOK_URL: url, AUDIT_WEBHOOK_SECRET: secret })).toBe('204 true\n')
    } finally {
      child.kill('SIGKILL')
      await once(child, 'close')
    }
  },
})

tryPage('packages/proof/README.md', {
  mistake: ['root: tree.root()', 'root: tree.frontier()'],
  async attempt(project, page) {
    // The page takes the lines of a log as given, and a public key and a client of a KMS.
    const given = `import { createPublicKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto'\nimport { createSigner } from '@audit/proof'\n`
    const first = `const lines = ['{"type":"a"}', '{"type":"b"}']\n${page.block('const keys = generateKeyPair(').split(/^\} from '@audit\/proof'\n/m)[1]!}`
    const names = page.block('const keys = generateKeyPair(').split(/^\} from '@audit\/proof'\n/m)[0]!
    const imports = `${names}} from '@audit/proof'\n`
    const kms = `const pair = generateKeyPairSync('ed25519')
const pem = pair.publicKey.export({ format: 'pem', type: 'spki' })
const kms = { sign: async (text: Uint8Array) => new Uint8Array(sign(null, text, pair.privateKey)) }
const tagKey = randomBytes(32)
${page.block('createPublicKey(pem)')}
const witnessed = await signNote(formatCheckpoint({ origin: 'example.com/audit/orders', size: tree.size, root: tree.root() }), [signer])
console.log(openCheckpoint(checkpoint, trusted).size, witnessed.split('\\n').length)
`
    const code = `${imports}${given}${first}${kms}`
    project.write('src/main.ts', project.isCommonJs ? inFunction(code) : code)
    expect(await project.runTypeScript('src/main.ts')).toBe('2 6\n')
    page.leaveOut('— example.com/audit/orders', 'the form of a checkpoint')
    page.leaveOut('sha256sum', 'a test of the command compares it')
  },
})

tryPage('packages/cli/README.md', {
  installs: (page) => [...page.installLine(), '@audit/core', '@audit/sink-file'],
  mistake: ['keygen flags-api', 'keygne flags-api'],
  async attempt(project, page) {
    page.installLine()
    const record = `import { createAudit } from '@audit/core'
import { fileSink } from '@audit/sink-file'
import { events } from './audit-events.mjs'
const audit = createAudit({ service: 'flags-api', events, sinks: [fileSink({ stdout: true })], seal: { keyFile: 'flags-api.key' } })
const actor = { authentication: 'oidc', id: 'u_1', email: 'ada@example.com' }
await audit.run({ actor, tenant: 'acme' }, () => audit.attempt('flag:deleted', null, async () => {}, { target: 'flipt' }))
await audit.close()
`
    project.write('audit-events.mjs', events)
    project.write('record.mjs', record)
    // The words of the line behind '$', as a shell splits them, and what the command printed.
    const shell = async (part: string, more: readonly string[] = []) => {
      const line = /^\$ npx audit (.*)$/m.exec(page.block(part))![1]!.replace(/ > .*/, '')
      return project.command('audit', [...line.split(' ').map((word) => word.replaceAll("'", '')), ...more])
    }
    const keygen = await shell('$ npx audit keygen')
    expect(keygen.code, keygen.stderr).toBe(0)
    project.write('flags-api.pub', keygen.stdout)
    await project.node(['record.mjs'])
    expect((await shell("$ npx audit tail --events 'flag")).stdout).toMatch(
      /success +flag:deleted .*by ada@example\.com +tenant acme/,
    )
    expect((await shell('$ npx audit explain')).stdout).toMatch(/^flag:deleted: 2 events/)
    const status = await shell('$ npx audit status')
    expect(status.stdout).toMatch(/closed[^]*signed by flags-api\+/)
    const verified = await shell('$ npx audit verify')
    expect([verified.code, verified.stdout]).toEqual([0, expect.stringContaining('Nothing is wrong')])
    const sequence = /flag:deleted .*#(\d+)/.exec((await project.command('audit', ['tail'])).stdout)![1]!
    expect(page.block('$ npx audit show 4')).toContain('flag:deleted')
    expect((await project.command('audit', ['show', sequence])).stdout).toContain('"authentication":"oidc"')
    expect((await shell('$ npx audit rotate-key')).code).toBe(0)
    expect((await shell('$ npx audit dead-letters list')).stdout).toBe('')
    // The words are right (2 says otherwise), but there is no letter, and no service that could forget a sink.
    for (const part of ['$ npx audit dead-letters replay', '$ npx audit dead-letters purge', '$ npx audit sinks forget'])
      expect([1, 3], part).toContain((await shell(part, ['--timeout', '1'])).code)
    const upgraded = await shell('$ npx audit journal upgrade')
    expect([upgraded.code, upgraded.stdout]).toEqual([0, expect.stringMatching(/^flags-api-\w+: has nothing to convert\n$/)])
    const imported = await shell('$ npx audit import')
    expect(imported).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringMatching(/^\d+ events read into 'audit\.db'\.\n$/),
    })
    expect((await shell('$ npx audit query')).stdout).toMatch(/success +flag:deleted .*tenant acme/)
    expect((await shell('$ npx audit export')).stderr).toMatch(/^\d+ events exported to 'acme\.csv'\.\n$/)
    page.leaveOut('$ npx audit journal release', 'needs a log with held lines; a test of the command makes one')
    const first = page
      .block('npm install --save-dev @audit/cli')
      .split('\n')
      .find((line) => line.includes('--since'))!
    expect(first).toMatch(/^npx audit /)
    expect((await project.command('audit', first.replace('npx audit ', '').replaceAll("'", '').split(' '))).code).toBe(0)
  },
})

tryPage('packages/flipt/README.md', {
  installs: (page) => [...page.installLine(), 'zod'],
  mistake: ['fliptSigner(', 'fliptSinger('],
  async attempt(project, page) {
    page.installLine()
    project.write('src/audit-events.ts', zodEvents)
    project.write('src/audit.ts', page.block('const log = fileSink(').replace('/var/log/flags/', './log/'))
    const record =
      "import { audit } from './audit.ts'\nawait audit.record('flag:updated', { key: 'a' })\nawait audit.close({ timeoutMs: 1_000 })\n"
    project.write('src/main.ts', inFunction(record))
    await project.runTypeScript('src/main.ts', { FLIPT_SIGNING_SECRET: 'secret' })
    expect(own(project.read('log/audit.log'))).toEqual(['flag:updated success'])

    // Without code: our own file, and one of Flipt's.
    const load = `import { createAudit } from '@audit/core'
import { loadAuditConfig } from '@audit/config'
import { events } from './audit-events.ts'
const audit = createAudit({ events, ...(await loadAuditConfig()) })
await audit.record('flag:updated', { key: 'a' })
await audit.close({ timeoutMs: 1_000 })
`
    project.write('src/configured.ts', inFunction(load))
    project.write('audit.yaml', page.block('service: flags-api'))
    await project.runTypeScript('src/configured.ts', { FLIPT_SIGNING_SECRET: 'secret', AUDIT_DIRECTORY: 'second' })
    expect(own(project.read('audit.log'))).toEqual(['flag:updated success'])
    project.write('flipt.yml', 'audit:\n  sinks:\n    log: { enabled: true, file: flipt.log, encoding: json }\n')
    await project.runTypeScript('src/configured.ts', {
      AUDIT_CONFIG: 'flipt.yml',
      AUDIT_SERVICE: 'flags-api',
      AUDIT_DIRECTORY: 'third',
    })
    expect(own(project.read('flipt.log'))).toEqual(['flag:updated success'])
  },
})
