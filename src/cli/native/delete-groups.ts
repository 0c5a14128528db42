import { Args, Flags } from '@oclif/core'
import type { Admin } from '../../client/index.ts'
import { Exit, exitCode } from '../exit.ts'
import { BaseCommand } from './base-command.ts'
import { confirmed } from './confirm.ts'

/** Deletes groups of one kind, tells which, and ends with 1 when some were not deleted. */
export abstract class DeleteGroups extends BaseCommand<typeof DeleteGroups> {
  static override description = 'Asks first on a terminal, unless --yes is given.'
  static override strict = false
  static override args = { group: Args.string({ ignoreStdin: true, required: true, description: 'Group ids' }) }
  static override flags = { yes: Flags.boolean({ char: 'y', description: 'Do not ask' }) }

  /** Gives the error of each group. */
  protected abstract remove(admin: Admin, ids: readonly string[]): Promise<ReadonlyMap<string, Error | undefined>>

  async run(): Promise<void> {
    const ids = this.words
    const list = ids.join(', ')
    if (!this.flags.yes && !(await confirmed(this.context, `Delete ${list} with all offsets?`))) return
    const results = await this.withAdmin(`Deleting ${list}`, (admin) => this.remove(admin, ids))
    const groups = Array.from(results, ([group, error]) => ({ group, error: error?.message ?? null }))
    await this.output.report({
      value: { groups },
      rows: groups,
      columns: [
        { title: 'GROUP', value: ({ group }) => group },
        { title: 'ERROR', value: ({ error }) => error },
      ],
      text: async () => {
        for (const { group, error } of groups)
          if (error === null) await this.output.done(`Deleted group ${group}.`)
          else this.context.console.error(`Group ${group} was not deleted: ${error}\n`)
      },
    })
    if (groups.some(({ error }) => error !== null)) throw new Exit(exitCode.failed)
  }
}
