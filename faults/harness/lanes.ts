/** Runs the tasks in order, `width` at a time. Rejects with the first error, after all started tasks have ended. */
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
