import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { folderWith, type Environment } from '../test/folder-with.ts'
import { loadAuditConfig } from './load-audit-config.ts'

const secret = 'planted-7c1d'

/** Files with a secret at or near a mistake; the secret represents any value. */
test.each<[string, string, Environment?]>([
  ['audit.yaml', 'service: planted-7c1d!'],
  ['audit.yaml', 'redaction: { hash: [email], hashKey: planted-7c1d }'],
  ['audit.yaml', 'sinks: { webhook: { url: "ftp://planted-7c1d" } }'],
  ['audit.yaml', 'sinks: { webhook: { url: "https://u:planted-7c1d@a.example" } }'],
  ['audit.yaml', 'sinks: { webhook: { url: "https://a.example/planted-7c1d", secret: whsec_planted-7c1d } }'],
  ['audit.yaml', 'sinks: { webhook: { url: "https://a.example", secret: [whsec_planted-7c1d, 7] } }'],
  ['audit.yaml', 'sinks: { webhook: { url: "https://a.example", secret: "${SECRET}" } }', { SECRET: secret }],
  ['audit.yaml', 'sinks: { webhook: { url: "https://a.example", format: flipt, secret: [planted-7c1d, planted-7c1d] } }'],
  ['audit.yaml', 'sinks: { webhook: { url: "https://a.example", headers: { authorization: "planted-7c1d\\n" } } }'],
  ['audit.yaml', 'sinks: { webhook: { url: "https://a.example", headers: planted-7c1d } }'],
  ['audit.yaml', 'sinks: { webhook: { url: "https://a.example", tls: { key: planted-7c1d } } }'],
  ['audit.yaml', 'sinks: { webhook: { url: "https://a.example", tls: { key: "-----BEGIN planted-7c1d-----" } } }'],
  ['audit.yaml', 'sinks: { webhook: { url: "https://a.example", body: "{{ planted-7c1d" } }'],
  ['audit.yaml', 'sinks: { webhook: { url: "https://a.example", connectTimeout: planted-7c1d } }'],
  ['audit.yaml', 'sinks: { webhook: { url: "${A:-planted-7c1d} x", type: planted-7c1d } }'],
  ['audit.yaml', 'sinks: { file: { path: planted-7c1d, format: planted-7c1d } }'],
  ['audit.yaml', 'service: "planted-7c1d'],
  ['audit.yaml', 'service: *planted-7c1d'],
  ['audit.yaml', 'service: !planted-7c1d x'],
  ['audit.yaml', 'service: @planted-7c1d'],
  ['audit.yaml', '%planted-7c1d\n---\nservice: [planted-7c1d'],
  ['audit.yaml', 'service: a planted-7c1d: b'],
  ['audit.yaml', '- planted-7c1d'],
  ['audit.yaml', 'seal: { key: planted-7c1d, every: planted-7c1d }'],
  ['audit.yaml', 'seal: { key: [planted-7c1d, 7] }'],
  ['audit.yaml', 'seal: planted-7c1d'],
  ['audit.yaml', 'seal: { keys: planted-7c1d }', { AUDIT_SEAL_KYE: secret }],
  ['audit.json', '{ "service": planted-7c1d }'],
  ['audit.json', '{ "service": "a" } planted-7c1d'],
  ['audit.yaml', 'strict: true', { AUDIT_SINKS_WEBHOOK_SECRET: secret }],
  ['audit.yaml', 'strict: true', { AUDIT_SINKS_WEBHOK_SECRET: secret }],
  ['audit.yaml', 'strict: true', { AUDIT_SINKS_WEBHOOK_URL: secret, AUDIT_STRICT: secret, AUDIT_EVENTS: secret }],
  ['audit.yaml', 'audit: { sinks: { webhook: { enabled: true, url: planted-7c1d, signing_secret: planted-7c1d } } }'],
  ['audit.yaml', 'audit: { sinks: { webhook: { enabled: planted-7c1d, signing_secret: [planted-7c1d] } } }'],
  [
    'audit.yaml',
    'audit: { sinks: { webhook: { enabled: true, templates: [{ url: planted-7c1d, body: "{{ planted-7c1d }}" }] } } }',
  ],
  ['audit.yaml', 'audit: { events: planted-7c1d, buffer: { capacity: planted-7c1d }, sinks: { log: { enabled: true } } }'],
  ['audit.yaml', 'audit: {}', { FLIPT_AUDIT_SINKS_WEBHOOK_SIGNING_SECRTE: secret }],
])('the error for %s with %s and %j does not show the value', async (name, text, env = {}) => {
  const directory = await folderWith({ [name]: text })
  const error: unknown = await loadAuditConfig({ directory, env, file: name, service: 'x' }).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code: 'AUDIT_INVALID_OPTIONS' })
  expect(inspect(error, { depth: 12, showHidden: true })).not.toContain(secret)
})
