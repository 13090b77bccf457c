require('./needs-exports.cjs')
