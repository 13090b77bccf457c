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

declare module 'vitest' {
  interface ProvidedContext {
    readonly nest?: number
  }
}
