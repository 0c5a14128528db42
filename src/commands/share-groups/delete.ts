import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../../cli/native/base-command.ts'
import { confirmed } from '../../cli/native/confirm.ts'
import { reportDeletedGroups } from '../../cli/native/deleted-groups.ts'
import { deleteShareGroups } from '../../tools/groups/share.ts'

export default class ShareGroupsDelete extends BaseCommand<typeof ShareGroupsDelete> {
  static override summary = 'Delete share groups without members, and where they are'
  static override description = 'Asks first on a terminal, unless --yes is given.'
  static override examples = ['<%= config.bin %> share-groups delete jobs --yes']
  static override strict = false
  static override args = { group: Args.string({ ignoreStdin: true, required: true, description: 'Group ids' }) }
  static override flags = { yes: Flags.boolean({ char: 'y', description: 'Do not ask' }) }

  async run(): Promise<void> {
    const list = this.words.join(', ')
    if (!this.flags.yes && !(await confirmed(this.context, `Delete ${list} with all offsets?`))) return
    const results = await this.withAdmin(`Deleting ${list}`, (admin) => deleteShareGroups(admin, this.words))
    await reportDeletedGroups(this.output, this.context, results)
  }
}
