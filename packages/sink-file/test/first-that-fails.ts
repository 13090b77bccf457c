/** A harness without its safety step fails by the luck of its timing: it may try this often. */
const TRIES = 5

/** Runs until `isFailing` says of a result that it fails as it must, and gives that result; after five tries the last one. */
export async function firstThatFails<Result>(
  run: () => Promise<Result>,
  isFailing: (result: Result) => boolean,
): Promise<Result> {
  let result = await run()
  for (let tried = 1; tried < TRIES && !isFailing(result); tried++) result = await run()
  return result
}
