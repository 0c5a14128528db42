import { Flags } from '@oclif/core'
import { Exit, exitCode } from '../cli/exit.ts'
import { BaseCommand } from '../cli/native/base-command.ts'
import { stopServers } from '../cli/stop-servers.ts'

export default class ServerStop extends BaseCommand<typeof ServerStop> {
  static override summary = 'Stop the nodes that run on this machine'
  static override examples = ['<%= config.bin %> server-stop', '<%= config.bin %> server-stop --node-id 1']
  static override flags = {
    'node-id': Flags.string({ description: 'Only the node with this id' }),
    'process-role': Flags.string({ helpValue: 'broker,controller', description: 'Only nodes with these roles' }),
  }

  async run(): Promise<void> {
    const filter = { nodeId: this.flags['node-id'], role: this.flags['process-role'] }
    const { signalled } = stopServers(filter, this.context)
    await this.output.report({
      value: { signalled },
      rows: signalled,
      columns: [{ title: 'PID', value: (pid) => pid }],
      text: async () => {
        if (signalled.length === 0) this.context.console.error('There is no node to stop.\n')
        for (const pid of signalled) await this.output.done(`Told process ${pid} to stop.`)
      },
    })
    if (signalled.length === 0) throw new Exit(exitCode.failed)
  }
}
