import { Args } from '@oclif/core'
import { BaseCommand } from '../../cli/native/base-command.ts'
import { confirmed } from '../../cli/native/confirm.ts'
import { yesFlag } from '../../cli/native/topic-choice.ts'
import { parseUuid } from '../../std/uuid.ts'

export default class MetadataQuorumRemoveController extends BaseCommand<typeof MetadataQuorumRemoveController> {
  static override summary = 'Take a controller its vote'
  static override description =
    'Asks first on a terminal, unless --yes is given. metadata-quorum describe --json shows the directory ids. Needs kraft.version 1 (KIP-853).'
  static override examples = ['<%= config.bin %> metadata-quorum remove-controller 3 8mA__xQ8KaFPllYCU36zPQ --yes']
  static override args = {
    id: Args.integer({ ignoreStdin: true, required: true, min: 0, description: "The controller's id" }),
    directory: Args.string({ ignoreStdin: true, required: true, description: 'The id of its metadata directory' }),
  }
  static override flags = { yes: yesFlag }

  async run(): Promise<void> {
    const { id, directory: directoryId } = this.args
    if (parseUuid(directoryId) === undefined) this.wrongUsage(`${directoryId} is no id of a directory.`)
    if (!this.flags.yes && !(await confirmed(this.context, `Take controller ${id} its vote?`))) return
    await this.withAdmin(`Removing controller ${id}`, (admin) => admin.removeRaftVoter({ id, directoryId }))
    await this.output.fields({ id, directoryId, removed: true }, () =>
      this.output.done(`Controller ${id} of directory ${directoryId} votes no longer.`),
    )
  }
}
