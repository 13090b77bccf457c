import { readdirSync, readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { folderWith } from '../../test/folder-with.ts'
import { loadAuditConfig } from '../load-audit-config.ts'
import { schemaText } from './schema-text.ts'

const root = new URL('../../', import.meta.url)
const published = readFileSync(new URL('audit.schema.json', root), 'utf8')
const isConfig = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(JSON.parse(published) as object)
const examples = readdirSync(new URL('examples/', root))
const textOf = (name: string) => readFileSync(new URL(`examples/${name}`, root), 'utf8')

test('the published schema is up to date; otherwise run node scripts/write-schema.ts', () => {
  expect(published).toBe(schemaText())
})

test('every key has a description for editors', () => {
  const undescribed: string[] = []
  const visit = (node: unknown, path: string): void => {
    if (typeof node !== 'object' || node === null) return
    for (const [name, member] of Object.entries((node as { properties?: object }).properties ?? {})) {
      const isNamed = name === 'type' || JSON.stringify(member).includes('"description"')
      if (!isNamed) undescribed.push(`${path}.${name}`)
    }
    for (const [name, member] of Object.entries(node)) visit(member, `${path}.${name}`)
  }
  visit(JSON.parse(published), '')
  expect(undescribed).toEqual([])
})

test.each(examples)('the example %s is valid by the schema', (name) => {
  isConfig(parse(textOf(name)))
  expect(isConfig.errors).toBeNull()
})

test.each(examples)('the example %s builds sinks', async (name) => {
  const directory = await folderWith({ [name]: textOf(name) })
  const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
  const env = {
    AUDIT_WEBHOOK_SECRET: secret,
    SLACK_URL: 'http://127.0.0.1:9/a',
    SLACK_SECURITY_URL: 'http://127.0.0.1:9/b',
  }
  const { sinks } = await loadAuditConfig({ directory, env, file: name, service: 'flags' })
  expect(sinks?.length).toBeGreaterThan(0)
})

test.each<[string, object]>([
  ['an unknown key', { servce: 'x' }],
  ['an unknown key of a sink', { sinks: { file: { pth: 'x' } } }],
  ['a sink without a type', { sinks: { trail: { path: 'x' } } }],
  ['a duration without a unit', { maxWait: 15 }],
  ['a size with an unknown unit', { queue: { maxBytes: '10M' } }],
  ['an unknown word', { failMode: 'opne' }],
  ['a pattern without a verb', { events: ['flag'] }],
])('the schema refuses %s', (_, config) => expect(isConfig(config)).toBe(false))
