import { z } from 'zod'
import { ServiceError } from './service-error.ts'

/** The body as its schema lets it through. Throws `invalid-body`, with all that is wrong. */
export function parseBody<S extends z.ZodObject>(schema: S, body: unknown): z.output<S> {
  const parsed = schema.safeParse(body ?? {})
  if (parsed.success) return parsed.data
  const issues = parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }))
  throw new ServiceError(400, 'invalid-body', 'The body is not as it should be.', { issues })
}
