/** Jest answers this name itself, wherever it is asked from and whether or not the package can be found there. */
declare module '@jest/globals' {
  export const expect: import('expect').Expect
}
