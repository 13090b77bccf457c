/** Does the tasks `width` at a time, in their order; rejects with the first that fails, once all that began are over. */
export async function inLanes<Task>(
  tasks: readonly Task[],
  width: number,
  work: (task: Task, index: number) => Promise<void>,
): Promise<void> {
  let next = 0
  let failure: unknown
  const lane = async (): Promise<void> => {
    while (next < tasks.length && failure === undefined) {
      try {
        const index = next++
        await work(tasks[index]!, index)
      } catch (error) {
        failure ??= error
      }
    }
  }
  await Promise.all(Array.from({ length: width }, lane))
  if (failure !== undefined) throw failure
}
