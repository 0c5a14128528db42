import { BaseCommand } from '../../cli/native/base-command.ts'

export default class ClusterId extends BaseCommand<typeof ClusterId> {
  static override summary = 'Show the id of the cluster'
  static override examples = ['<%= config.bin %> cluster id', '<%= config.bin %> cluster id --json']

  async run(): Promise<void> {
    const { clusterId } = await this.withAdmin('Asking for the id', (admin) => admin.describeCluster())
    await this.output.fields({ clusterId }, () => this.output.line(clusterId))
  }
}
