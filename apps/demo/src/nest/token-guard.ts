import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common'
import { authorize } from '../authentication.ts'
import type { Domain } from '../domain.ts'
import { DOMAIN } from './resource-controller.ts'

/** Requires a known token, and an admin's for changes. */
@Injectable()
export class TokenGuard implements CanActivate {
  readonly #domain: Domain

  constructor(@Inject(DOMAIN) domain: Domain) {
    this.#domain = domain
  }

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest()
    request.token = this.#domain.authentication.signIn(request.headers.authorization)
    authorize(request.token, request.method)
    return true
  }
}
