import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../../cli/native/base-command.ts'
import { confirmed } from '../../cli/native/confirm.ts'
import { reportDeletedGroups } from '../../cli/native/deleted-groups.ts'
import { deleteStreamsGroups } from '../../tools/groups/streams.ts'

export default class StreamsGroupsDelete extends BaseCommand<typeof StreamsGroupsDelete> {
  static override summary = 'Delete streams groups without members, and their offsets'
  static override description =
    'Asks first on a terminal, unless --yes is given. Topics of the group itself (changelogs, repartitioning) stay.'
  static override examples = ['<%= config.bin %> streams-groups delete counts --yes']
  static override strict = false
  static override args = { group: Args.string({ ignoreStdin: true, required: true, description: 'Group ids' }) }
  static override flags = { yes: Flags.boolean({ char: 'y', description: 'Do not ask' }) }

  async run(): Promise<void> {
    const list = this.words.join(', ')
    if (!this.flags.yes && !(await confirmed(this.context, `Delete ${list} with all offsets?`))) return
    const results = await this.withAdmin(`Deleting ${list}`, (admin) => deleteStreamsGroups(admin, this.words))
    await reportDeletedGroups(this.output, this.context, results)
  }
}
