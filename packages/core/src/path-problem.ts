const QUOTES = /^(["'`]).*\1$/s
const LINE_BREAK = /[\r\n]/

/**
 * Returns the reason why a path is certainly a mistake, or undefined. `docker run --env-file` keeps quotes, and mounted files end
 * in a line break: used as they are, both name another place, and the files go there without an error.
 */
export function pathProblem(path: string): string | undefined {
  if (QUOTES.test(path.trim())) return 'the path is in quotes; remove them'
  if (LINE_BREAK.test(path)) return 'there is a line break in the path; remove it'
  if (path !== path.trim()) return 'the path begins or ends with a space; remove it'
  if (path.includes('\0')) return 'there is a NUL character in the path; remove it'
  return undefined
}
