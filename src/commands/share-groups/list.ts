import { Flags } from '@oclif/core'
import { BaseCommand } from '../../cli/native/base-command.ts'
import { listGroups } from '../../cli/native/group-views.ts'
import { listShareGroups, shareGroupStates } from '../../tools/groups/share.ts'

export default class ShareGroupsList extends BaseCommand<typeof ShareGroupsList> {
  static override summary = 'List share groups'
  static override examples = [
    '<%= config.bin %> share-groups list',
    '<%= config.bin %> share-groups list --state empty --json',
  ]
  static override flags = {
    state: Flags.string({ helpValue: 'stable,empty', description: 'Only groups in these states' }),
  }

  async run(): Promise<void> {
    const { state } = this.flags
    const states = state === undefined ? [] : shareGroupStates(state)
    const found = await this.withAdmin('Listing groups', (admin) => listShareGroups(admin, states))
    await listGroups(this.output, found, { state: ({ state }) => state })
  }
}
