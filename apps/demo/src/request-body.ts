import { z } from 'zod'
import { ServiceError } from './service-error.ts'

/** Parses the body with its schema. Throws `invalid-body` with all problems. */
export function parseBody<S extends z.ZodObject>(schema: S, body: unknown): z.output<S> {
  const parsed = schema.safeParse(body ?? {})
  if (parsed.success) return parsed.data
  const issues = parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }))
  throw new ServiceError(400, 'invalid-body', 'The body is invalid.', { issues })
}
