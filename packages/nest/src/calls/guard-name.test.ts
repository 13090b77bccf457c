import { mixin, type CanActivate, type Type } from '@nestjs/common'
import { expect, test } from 'vitest'
import { guardName } from './guard-name.ts'

class RoleGuard implements CanActivate {
  canActivate(): boolean {
    return false
  }
}

/** Creates a guard as `@nestjs/passport` does. */
function AuthGuard(): Type<CanActivate> {
  class MixinAuthGuard extends RoleGuard {}
  return mixin(MixinAuthGuard)
}

test.each([
  ['its class', () => new RoleGuard(), 'RoleGuard'],
  ['the name in its source, if mixin() renamed it', () => new (AuthGuard())(), 'AuthGuard'],
  ['its class, if that extends a mixin', () => new (class JwtAuthGuard extends AuthGuard() {})(), 'JwtAuthGuard'],
  ['its base class, if the mixin has no name', () => new (mixin(class extends RoleGuard {}))(), 'RoleGuard'],
  ['"forbidden", if neither the mixin nor its base has a name', () => new (mixin(class {} as Type<CanActivate>))(), 'forbidden'],
  ['"forbidden", if it is a plain object', () => ({ canActivate: () => false }), 'forbidden'],
  [
    '"forbidden", if it has no prototype',
    () => Object.assign(Object.create(null) as object, { canActivate: () => false }),
    'forbidden',
  ],
])('a guard is named by %s', (_, guard, name) => {
  expect(guardName(guard())).toBe(name)
})
