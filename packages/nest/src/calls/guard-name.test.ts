import { mixin, type CanActivate, type Type } from '@nestjs/common'
import { expect, test } from 'vitest'
import { guardName } from './guard-name.ts'

class RoleGuard implements CanActivate {
  canActivate(): boolean {
    return false
  }
}

/** As `@nestjs/passport` makes its guards. */
function AuthGuard(): Type<CanActivate> {
  class MixinAuthGuard extends RoleGuard {}
  return mixin(MixinAuthGuard)
}

test.each([
  ['its class', () => new RoleGuard(), 'RoleGuard'],
  ['the name in its source, if mixin() renamed it', () => new (AuthGuard())(), 'AuthGuard'],
  ['its own class, if that extends a mixin', () => new (class JwtAuthGuard extends AuthGuard() {})(), 'JwtAuthGuard'],
  ['its base class, if the mixin has no name', () => new (mixin(class extends RoleGuard {}))(), 'RoleGuard'],
  ['nothing, if a mixin has neither', () => new (mixin(class {} as Type<CanActivate>))(), 'forbidden'],
  ['nothing, if it is a plain object', () => ({ canActivate: () => false }), 'forbidden'],
  [
    'nothing, if it has no prototype',
    () => Object.assign(Object.create(null) as object, { canActivate: () => false }),
    'forbidden',
  ],
])('a guard is named by %s', (_, guard, name) => {
  expect(guardName(guard())).toBe(name)
})
