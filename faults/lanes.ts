/** Does the tasks `width` at a time, in their order; rejects with the first that fails, once all that began are over. */
export async function inLanes<Task>(tasks: readonly Task[], width: number, work: (task: Task, lane: number) => Promise<void>): Promise<void> {
  let next = 0
  let failure: unknown
  const lane = async (number: number): Promise<void> => {
    while (next < tasks.length && failure === undefined) {
      try {
        await work(tasks[next++]!, number)
      } catch (error) {
        failure ??= error
      }
    }
  }
  await Promise.all(Array.from({ length: width }, (_, number) => lane(number)))
  if (failure !== undefined) throw failure
}
