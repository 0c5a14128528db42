import { Flags } from '@oclif/core'
import { Exit, exitCode } from '../../cli/exit.ts'
import { LocalCluster } from '../../cli/local-cluster.ts'
import { BaseCommand } from '../../cli/native/base-command.ts'

export default class ClusterDown extends BaseCommand<typeof ClusterDown> {
  static override summary = 'Stop the cluster that `cluster up` has started'
  static override examples = ['<%= config.bin %> cluster down', '<%= config.bin %> cluster down --remove']
  static override flags = {
    dir: Flags.string({
      helpValue: 'folder',
      description: "Where it keeps everything [default: in the user's state folder]",
    }),
    remove: Flags.boolean({ description: 'Delete all its data as well' }),
  }

  async run(): Promise<void> {
    const cluster = new LocalCluster(this.flags.dir, this.context)
    const { folder, nodes } = cluster
    if (nodes.length === 0) {
      this.context.console.error(`There is no cluster in ${folder}.\n`)
      throw new Exit(exitCode.failed)
    }
    const stopped = await this.output.waiting('Stopping the nodes', () => cluster.stop())
    if (this.flags.remove) cluster.remove()
    await this.output.report({
      value: { folder, stopped, removed: this.flags.remove },
      rows: stopped,
      columns: [{ title: 'STOPPED', value: (id) => id }],
      text: async () => {
        await this.output.done(`Stopped ${stopped.length} of ${nodes.length} nodes.`)
        if (this.flags.remove) await this.output.done(`Removed the cluster in ${folder}.`)
      },
    })
  }
}
