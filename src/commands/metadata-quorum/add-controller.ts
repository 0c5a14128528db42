import { Args, Flags } from '@oclif/core'
import { loadProperties } from '../../cli/client-config.ts'
import { BaseCommand } from '../../cli/native/base-command.ts'
import { endpointsText, voterOf } from '../../tools/storage/voter.ts'

export default class MetadataQuorumAddController extends BaseCommand<typeof MetadataQuorumAddController> {
  static override summary = 'Let a controller vote that follows the metadata already'
  static override description =
    'Reads its id, its directory and its addresses from its own server.properties, on its own machine. Needs kraft.version 1 (KIP-853).'
  static override examples = [
    '<%= config.bin %> metadata-quorum add-controller config/controller.properties',
    '<%= config.bin %> metadata-quorum add-controller config/controller.properties --dry-run',
  ]
  static override args = {
    properties: Args.string({ ignoreStdin: true, required: true, description: "The controller's properties file" }),
  }
  static override flags = { 'dry-run': Flags.boolean({ description: 'Only show what would be added' }) }

  async run(): Promise<void> {
    const { runtime } = this.context
    const { id, directoryId, endpoints } = voterOf(loadProperties(runtime, this.args.properties), runtime.disk)
    const isDry = this.flags['dry-run']
    if (!isDry)
      await this.withAdmin(`Adding controller ${id}`, (admin) => admin.addRaftVoter({ id, directoryId }, endpoints))
    const where = endpointsText(endpoints)
    await this.output.fields({ id, directoryId, endpoints: where, added: !isDry }, () =>
      this.output.done(`Controller ${id} at ${where} ${isDry ? 'could be added' : 'votes from now on'}.`),
    )
  }
}
