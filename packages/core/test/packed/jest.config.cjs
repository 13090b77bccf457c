// As in an application: every test has the matchers.
module.exports = { setupFilesAfterEnv: ['@audit/core/testing/jest'] }
