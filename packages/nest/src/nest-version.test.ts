import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { NestFactory } from '@nestjs/core'
import { expect, inject, test } from 'vitest'

// A run for Nest 11 that silently loaded Nest 12 would prove nothing.
test('the loaded version of Nest is the one that the test project names', () => {
  const { NestFactory: ofEleven } = createRequire(new URL('../../../compat/nest-11/package.json', import.meta.url))(
    '@nestjs/core',
  )
  expect(NestFactory === ofEleven).toBe(inject('nest') === 11)
})

test('the peers are the major versions of Nest in the tests', () => {
  const rangeIn = (path: string, group: string) =>
    (JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')) as Record<string, Record<string, string>>)[group]!
  const tested = [
    rangeIn('../../../compat/nest-11/package.json', 'dependencies'),
    rangeIn('../package.json', 'devDependencies'),
  ].map((ranges) => /^\^\d+/.exec(ranges['@nestjs/core']!)![0])
  const peers = rangeIn('../package.json', 'peerDependencies')
  for (const name of ['@nestjs/common', '@nestjs/core', '@nestjs/terminus'])
    expect(peers[name]).toBe(tested.map((major) => `${major}.0.0`).join(' || '))
})

declare module 'vitest' {
  interface ProvidedContext {
    readonly nest?: number
  }
}
