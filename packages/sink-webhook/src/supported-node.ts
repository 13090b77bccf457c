// Imported before undici, which fails on an older Node with an error that does not say why. `@audit/core` checks the same version.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 19)) {
  throw new Error(`@audit/sink-webhook: Node ${process.versions.node} is too old. Use Node 22.19 or later.`)
}
