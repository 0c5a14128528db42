import { Args, Flags } from '@oclif/core'
import { loadProperties, parsePairs } from '../cli/client-config.ts'
import { Exit } from '../cli/exit.ts'
import { BaseCommand } from '../cli/native/base-command.ts'
import { serve } from '../cli/serve.ts'
import { stateFolder } from '../cli/state-folder.ts'

export default class ServerStart extends BaseCommand<typeof ServerStart> {
  static override summary = 'Run a Kafka node, broker and controller in one'
  static override description =
    "Without a file: on localhost:9092, with its data in the user's state folder. Ctrl-C or SIGTERM stops it cleanly; a second one ends it at once. Empty log directories are formatted on the first start."
  static override examples = [
    '<%= config.bin %> server-start',
    '<%= config.bin %> server-start config/server.properties',
    '<%= config.bin %> server-start config/server.properties --override log.dirs=/data/kafka --override num.partitions=3',
  ]
  static override args = {
    file: Args.string({ ignoreStdin: true, required: false, description: "The node's properties" }),
  }
  static override flags = {
    override: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'name=value',
      description: 'Property that wins over the file',
    }),
  }

  async run(): Promise<void> {
    if (!this.output.isText) this.wrongUsage('A node writes a log: text is the only --output it has.')
    const { file } = this.args
    const base = file === undefined ? this.embedded() : loadProperties(this.context.runtime, file)
    throw new Exit(await serve({ ...base, ...parsePairs(this.flags.override ?? []) }, this.context, 'native'))
  }

  /** What a node for one person at one machine needs. */
  private embedded(): Record<string, string> {
    return {
      listeners: 'PLAINTEXT://localhost:9092',
      'log.dirs': `${stateFolder(this.context)}/data`,
      'offsets.topic.replication.factor': '1',
      'group.initial.rebalance.delay.ms': '0',
    }
  }
}
