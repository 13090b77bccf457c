/** The journal that is meant: the one that is given, or the one a service would take. */
export function journalDirectory(given: string | undefined, env: NodeJS.ProcessEnv): string {
  return given ?? (env['AUDIT_DIRECTORY'] || '.audit')
}
