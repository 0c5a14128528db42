import type { NewConnector } from '../connect/rest/bodies.ts'
import { serveRest } from '../connect/rest/serve.ts'
import { StandaloneWorker } from '../connect/worker/standalone-worker.ts'
import { nodeHttpServe } from '../runtime/node/http-server.ts'
import { loadModule } from '../runtime/node/modules.ts'
import { readConnectorFile } from './connector-files.ts'
import type { Context } from './context.ts'
import { exitCode, sentenceOf, signalCode } from './exit.ts'
import { KAFKA_VERSION } from './version.ts'
import { logTime, warnings } from './warnings.ts'

/** Exit codes of Apache's worker: it cannot work at all; it, or a connector, cannot start. */
const CANNOT_WORK = 2
const CANNOT_START = 3

type Log = (level: string, line: string) => void

/** Runs a standalone worker with the connectors of some files until a signal stops it, which is then the exit code. */
export async function serveConnect(
  properties: Readonly<Record<string, string>>,
  files: readonly string[],
  context: Context,
): Promise<number> {
  const { console, runtime } = context
  const log: Log = (level, line) => console.out(`[${logTime(runtime.clock.now())}] ${level} ${line}\n`)
  let stop: (signal: string) => void = () => {}
  const stopped = new Promise<string>((resolve) => {
    stop = resolve
  })
  const quiet = console.onSignal((signal) => stop(signal))
  log('INFO', 'Kafka Connect worker initializing ... (org.apache.kafka.connect.cli.AbstractConnectCli)')
  const started = runtime.clock.monotonic()
  let running: Running
  try {
    const worker = makeWorker(properties, context, log)
    const begun = await Promise.race([begin(worker, context, log), stopped])
    if (typeof begun === 'string') return signalCode(begun)
    running = begun
  } catch (error) {
    log('ERROR', `Stopping due to error: ${sentenceOf(error)}`)
    console.error(`${sentenceOf(error)}\n`)
    return CANNOT_WORK
  }
  const took = Math.round(runtime.clock.monotonic() - started)
  log('INFO', `Kafka Connect worker initialization took ${took}ms (org.apache.kafka.connect.cli.AbstractConnectCli)`)
  log('INFO', 'Kafka Connect started (org.apache.kafka.connect.runtime.Connect)')
  const code = (await createAll(running.worker, files, context, log)) ? undefined : CANNOT_START
  const signal = code === undefined ? await stopped : undefined
  quiet()
  await end(running, log)
  return code ?? (signal === undefined ? exitCode.failed : signalCode(signal))
}

interface Running {
  readonly worker: StandaloneWorker
  readonly close: () => Promise<void>
}

function makeWorker(properties: Readonly<Record<string, string>>, context: Context, log: Log): StandaloneWorker {
  const { console, runtime } = context
  return new StandaloneWorker({ properties, runtime, console, load: loadModule, hooks: warnings(context), log })
}

/** Opens the port and looks for the cluster. */
async function begin(worker: StandaloneWorker, { runtime }: Context, log: Log): Promise<Running> {
  await worker.start()
  log('INFO', `Kafka cluster ID: ${worker.clusterId}`)
  log('INFO', `Kafka version: ${KAFKA_VERSION} (org.apache.kafka.common.utils.AppInfoParser)`)
  const rest = await serveRest(worker, nodeHttpServe, runtime.network.hostName())
  const host = rest.host.includes(':') ? `[${rest.host}]` : rest.host
  log(
    'INFO',
    `REST server listening at http://${host}:${rest.port}/, advertising URL http://${rest.advertised}/ (org.apache.kafka.connect.runtime.rest.RestServer)`,
  )
  return { worker, close: () => rest.close() }
}

/** Whether all connectors could be made; the first that cannot ends it. */
async function createAll(
  worker: StandaloneWorker,
  files: readonly string[],
  context: Context,
  log: Log,
): Promise<boolean> {
  const { console, runtime } = context
  for (const file of files) {
    try {
      const { name, config, target }: NewConnector = readConnectorFile(runtime, file)
      await worker.put(name, config, { replace: false, target })
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

async function end(running: Running, log: Log): Promise<void> {
  log('INFO', 'Kafka Connect stopping (org.apache.kafka.connect.runtime.Connect)')
  await running.close()
  await running.worker.close()
  log('INFO', 'Kafka Connect stopped (org.apache.kafka.connect.runtime.Connect)')
}
