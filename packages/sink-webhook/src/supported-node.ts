// Imported before undici, which fails on an older Node with an error that does not say why. `@audit/core` checks the same version.
requireNode(process.versions.node)

export function requireNode(version: string): void {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > 22 || (major === 22 && minor >= 19)) return
  throw new Error(`@audit/sink-webhook: Node ${version} is too old. Use Node 22.19 or later.`)
}
