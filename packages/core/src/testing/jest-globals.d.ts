/** Jest resolves this name itself, from any file, whether or not the package is installed there. */
declare module '@jest/globals' {
  export const expect: import('expect').Expect
}
