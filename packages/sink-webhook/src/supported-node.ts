import { nodeProblem } from '@audit/core/internal'

// Imported before undici, which fails on an older Node with an error that does not say why.
const problem = nodeProblem(process.versions.node)
if (problem) throw new Error(`@audit/sink-webhook: ${problem}`)
