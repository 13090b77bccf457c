import { createRequire } from 'node:module'
import { NestFactory } from '@nestjs/core'
import { expect, inject, test } from 'vitest'

// A run against Nest 11 that quietly took Nest 12 would prove nothing.
test('these tests run on the Nest they say', () => {
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
