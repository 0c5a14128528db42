import type { NewConnector } from '../connect/rest/bodies.ts'
import { serveRest } from '../connect/rest/serve.ts'
import { StandaloneWorker } from '../connect/worker/standalone-worker.ts'
import { nodeHttpServe } from '../runtime/node/http-server.ts'
import { readConnectorFile } from './connector-files.ts'
import type { Context } from './context.ts'
import { sentenceOf } from './exit.ts'
import { type Begun, serveWorker, type WorkerLog, workerOptions } from './serve-worker.ts'

/** Exit code of Apache's worker when a connector cannot start. */
const CANNOT_START = 3

interface Standalone extends Begun {
  readonly worker: StandaloneWorker
}

/** Runs a standalone worker with the connectors of some files until a signal stops it, which is then the exit code. */
export const serveConnect = (
  properties: Readonly<Record<string, string>>,
  files: readonly string[],
  context: Context,
): Promise<number> =>
  serveWorker(
    context,
    (log) => begin(properties, context, log),
    async ({ worker }, log) => ((await createAll(worker, files, context, log)) ? undefined : CANNOT_START),
  )

/** Looks for the cluster and opens the port. */
async function begin(
  properties: Readonly<Record<string, string>>,
  context: Context,
  log: WorkerLog,
): Promise<Standalone> {
  const worker = new StandaloneWorker(workerOptions(properties, context, log))
  await worker.start()
  const rest = await serveRest(worker, nodeHttpServe, context.runtime.network.hostName())
  return { worker, rest, clusterId: worker.clusterId, close: () => worker.close() }
}

/** Whether all connectors could be made; the first that cannot ends it. */
async function createAll(
  worker: StandaloneWorker,
  files: readonly string[],
  context: Context,
  log: WorkerLog,
): Promise<boolean> {
  const { console, runtime } = context
  for (const file of files) {
    try {
      const { name, config, target }: NewConnector = readConnectorFile(runtime, file)
      await worker.put(name, config, { replace: false, ...(target ? { target } : {}) })
      log('INFO', `Created connector ${name} (org.apache.kafka.connect.cli.ConnectStandalone)`)
    } catch (error) {
      const sentence =
        error instanceof Error && error.name === 'MissingFile' ? `There is no file ${file}.` : sentenceOf(error)
      log('ERROR', `Failed to create connector for ${file} (org.apache.kafka.connect.cli.ConnectStandalone)`)
      log('ERROR', `Stopping after connector error: ${sentence} (org.apache.kafka.connect.cli.ConnectStandalone)`)
      console.error(`${sentence}\n`)
      return false
    }
  }
  return true
}
