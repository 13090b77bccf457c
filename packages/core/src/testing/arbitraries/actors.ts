import fc from 'fast-check'
import type { Actor } from '../../event/actor.ts'
import { shortTexts } from './texts.ts'

/** Actors of every kind: anonymous, users, services and jobs, with any of the members that an actor can have. */
export function actors(): fc.Arbitrary<Actor> {
  const text = shortTexts()
  const signedIn = fc.record(
    {
      authentication: fc.constantFrom('token', 'oidc', 'jwt', 'session', 'unknown'),
      ip: fc.oneof(fc.ipV4(), fc.ipV6()),
      email: fc.emailAddress(),
      name: text,
      picture: fc.webUrl(),
      id: text,
      type: fc.constantFrom('user', 'service'),
      onBehalfOf: fc.record({ id: text, name: text, email: fc.emailAddress() }, { requiredKeys: ['id'] }),
    },
    { requiredKeys: ['authentication'] },
  )
  return fc.oneof(
    fc.constant<Actor>({ authentication: 'none' }),
    fc.record({ authentication: fc.constant('none'), type: fc.constant('system'), id: text }),
    signedIn,
  )
}
