import type { Context } from '../context.ts'
import { Exit, exitCode } from '../exit.ts'
import type { Output } from './output.ts'

/** Prints which groups were deleted, and ends with 1 when some were not. */
export async function reportDeletedGroups(
  output: Output,
  { console }: Context,
  results: ReadonlyMap<string, Error | undefined>,
): Promise<void> {
  const groups = Array.from(results, ([group, error]) => ({ group, error: error?.message ?? null }))
  await output.report({
    value: { groups },
    rows: groups,
    columns: [
      { title: 'GROUP', value: ({ group }) => group },
      { title: 'ERROR', value: ({ error }) => error },
    ],
    text: async () => {
      for (const { group, error } of groups)
        if (error === null) await output.done(`Deleted group ${group}.`)
        else console.error(`Group ${group} was not deleted: ${error}\n`)
    },
  })
  if (groups.some(({ error }) => error !== null)) throw new Exit(exitCode.failed)
}
