require('../needs-exports.cjs')
