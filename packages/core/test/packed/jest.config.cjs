// As an application would have it: every test has the matchers.
module.exports = { setupFilesAfterEnv: ['@audit/core/testing/jest'] }
