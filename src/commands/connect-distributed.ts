import { Args } from '@oclif/core'
import { Exit } from '../cli/exit.ts'
import { BaseCommand } from '../cli/native/base-command.ts'
import { embeddedWorker, workerFlags, workerSettings } from '../cli/native/worker-flags.ts'

export default class ConnectDistributed extends BaseCommand<typeof ConnectDistributed> {
  static override summary = 'Run one of a group of workers that share connectors out'
  static override description =
    "Without a worker's file: the group connect-cluster, whose configs, offsets and statuses are in the topics connect-configs, connect-offsets and connect-status; JSON with schemas, REST on 8083. Connectors come by REST. Ctrl-C or SIGTERM has the others take over."
  static override examples = [
    '<%= config.bin %> connect-distributed config/connect-distributed.properties',
    '<%= config.bin %> connect-distributed',
    '<%= config.bin %> connect-distributed worker.properties --override listeners=http://127.0.0.1:8085',
  ]
  static override args = {
    worker: Args.string({ ignoreStdin: true, required: false, description: "The worker's properties" }),
  }
  static override flags = workerFlags

  async run(): Promise<void> {
    if (!this.output.isText) this.wrongUsage('A worker writes a log: text is the only --output it has.')
    const { 'bootstrap-server': servers, override } = this.flags
    const properties = workerSettings(
      { file: this.args.worker, servers, override },
      () => this.embedded(),
      this.context,
    )
    const { serveDistributed } = await import('../cli/serve-distributed.ts')
    throw new Exit(await serveDistributed(properties, this.context))
  }

  /** The names of Apache's example; how many replicas there are is the broker's business. */
  private embedded(): Record<string, string> {
    return {
      ...embeddedWorker,
      'group.id': 'connect-cluster',
      'config.storage.topic': 'connect-configs',
      'config.storage.replication.factor': '-1',
      'offset.storage.topic': 'connect-offsets',
      'offset.storage.replication.factor': '-1',
      'status.storage.topic': 'connect-status',
      'status.storage.replication.factor': '-1',
      ...this.clientSettings(),
    }
  }
}
