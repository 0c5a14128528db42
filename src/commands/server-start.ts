import { Args, Flags } from '@oclif/core'
import { loadProperties, parsePairs } from '../cli/client-config.ts'
import { Exit } from '../cli/exit.ts'
import { BaseCommand } from '../cli/native/base-command.ts'
import { serve } from '../cli/serve.ts'

export default class ServerStart extends BaseCommand<typeof ServerStart> {
  static override summary = 'Run a Kafka node, broker and controller in one'
  static override description =
    'Ctrl-C or SIGTERM stops it cleanly; a second one ends it at once. Empty log directories are formatted on the first start.'
  static override examples = [
    '<%= config.bin %> server-start config/server.properties',
    '<%= config.bin %> server-start config/server.properties --override log.dirs=/data/kafka --override num.partitions=3',
  ]
  static override args = {
    file: Args.string({ ignoreStdin: true, required: true, description: "The node's properties" }),
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
    const file = loadProperties(this.context.runtime, this.args.file)
    throw new Exit(await serve({ ...file, ...parsePairs(this.flags.override ?? []) }, this.context))
  }
}
