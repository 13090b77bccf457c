import * as common from '@nestjs/common'

/**
 * Reason why this version of Nest cannot be used, or undefined. npm warns about peers, or is told not to, and the routes of an
 * application on an older Nest would not be found. `IntrinsicException` came with Nest 11.
 */
export function nestProblem(exports: object = common): string | undefined {
  return 'IntrinsicException' in exports ? undefined : 'AuditModule: this version of NestJS is too old. Use NestJS 11 or 12.'
}
