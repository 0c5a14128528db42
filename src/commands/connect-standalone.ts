import { Args } from '@oclif/core'
import { Exit } from '../cli/exit.ts'
import { BaseCommand } from '../cli/native/base-command.ts'
import { embeddedWorker, workerFlags, workerSettings } from '../cli/native/worker-flags.ts'
import { stateFolder } from '../cli/state-folder.ts'

export default class ConnectStandalone extends BaseCommand<typeof ConnectStandalone> {
  static override summary = 'Run connectors that bring data into Kafka and out of it'
  static override description =
    "Without a worker's file: JSON with schemas, offsets in the user's state folder, REST on 8083. Connectors come from files (properties or JSON) and by REST. Ctrl-C or SIGTERM stops the worker cleanly."
  static override examples = [
    '<%= config.bin %> connect-standalone config/connect-standalone.properties config/connect-file-source.properties config/connect-file-sink.properties',
    '<%= config.bin %> connect-standalone',
    '<%= config.bin %> connect-standalone worker.properties orders.json --override listeners=http://127.0.0.1:8085',
  ]
  static override strict = false
  static override args = {
    worker: Args.string({ ignoreStdin: true, required: false, description: "The worker's properties" }),
    connector: Args.string({ ignoreStdin: true, required: false, description: "Connectors' files, any number" }),
  }
  static override flags = workerFlags

  async run(): Promise<void> {
    if (!this.output.isText) this.wrongUsage('A worker writes a log: text is the only --output it has.')
    const [file, ...connectors] = this.words
    const { 'bootstrap-server': servers, override } = this.flags
    const properties = workerSettings({ file, servers, override }, () => this.embedded(), this.context)
    const { serveConnect } = await import('../cli/serve-connect.ts')
    throw new Exit(await serveConnect(properties, connectors, this.context))
  }

  private embedded(): Record<string, string> {
    const folder = stateFolder(this.context)
    this.context.runtime.disk.mkdir(folder)
    return {
      ...embeddedWorker,
      'offset.storage.file.filename': `${folder}/connect.offsets`,
      ...this.clientSettings(),
    }
  }
}
