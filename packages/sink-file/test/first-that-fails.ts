/** A harness without its safety step fails only with some timings, so it may try this often. */
const TRIES = 5

/** Runs until `isFailing` accepts a result as the expected failure, and returns that result; after five tries the last one. */
export async function firstThatFails<Result>(
  run: () => Promise<Result>,
  isFailing: (result: Result) => boolean,
): Promise<Result> {
  let result = await run()
  for (let tried = 1; tried < TRIES && !isFailing(result); tried++) result = await run()
  return result
}
