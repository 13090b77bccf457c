import { Inject } from '@nestjs/common'

/** The token of the application's audit: `app.get(AUDIT)`, `overrideProvider(AUDIT)`. */
export const AUDIT: unique symbol = Symbol.for('@audit/nest.audit')

/** Injects the application's audit. */
export const InjectAudit = (): ParameterDecorator & PropertyDecorator => Inject(AUDIT)
