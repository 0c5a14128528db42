import { unknownProperty } from '../config/remarks.ts'
import type { EraController } from '../server/index.ts'
import { clusterDir, knownProperties, type ZooKeeperConfig } from '../zookeeper/config.ts'
import { ZooKeeperServer } from '../zookeeper/server.ts'
import { ShownEntries } from '../zookeeper/shown-entries.ts'
import type { Context } from './context.ts'
import { exitCode, sentenceOf, signalCode } from './exit.ts'
import { KAFKA_VERSION } from './version.ts'
import { logTime } from './warnings.ts'

/** The release of ZooKeeper whose protocol is spoken (Kafka 3.9 came with it), and who speaks it. */
const VERSION = '3.8.4-kafka-toolset'

/** Answers as a ZooKeeper on the client port, with the controller of its brokers beside it, until a signal stops it; the exit code is the signal's. */
export async function serveZooKeeper(
  config: ZooKeeperConfig,
  unknown: readonly string[],
  { console, runtime }: Context,
): Promise<number> {
  const log = (level: string, line: string) => console.out(`[${logTime(runtime.clock.now())}] ${level} ${line}\n`)
  const info = (line: string) => log('INFO', line)
  let stop: (reason: string | Error) => void = () => {}
  const stopped = new Promise<string | Error>((resolve) => {
    stop = resolve
  })
  const dir = clusterDir(config)
  let controller: Promise<EraController> | undefined
  const startController = async (): Promise<EraController> => {
    // Not loaded where nobody needs it: a node of today registers, and is its own controller.
    const { EraController } = await import('../server/index.ts')
    const shown = new ShownEntries(server.tree)
    return new EraController({ dir, runtime, log: info, onFatal: stop, show: (entries) => shown.show(entries) })
  }
  const controllerPort = async () => (await (controller ??= startController())).port()
  const server = new ZooKeeperServer({
    config,
    runtime,
    version: VERSION,
    environment: { 'host.name': runtime.network.hostName(), 'kafka.version': KAFKA_VERSION },
    controllerPort,
    log: info,
  })
  const quiet = console.onSignal((signal) => stop(signal))
  for (const name of unknown) log('WARN', unknownProperty('ZooKeeper', name, knownProperties))
  try {
    const port = await server.start()
    if (runtime.disk.stat(dir)) await controllerPort()
    info(`binding to port ${config.host || '0.0.0.0'}:${port}`)
  } catch (error) {
    log('ERROR', `Unexpected exception, exiting abnormally: ${sentenceOf(error)}`)
    console.error(`${sentenceOf(error)}\n`)
    await server.close()
    return exitCode.failed
  }
  info(`Brokers whose zookeeper.connect names this port are one cluster, whose metadata is kept in ${dir}.`)
  const reason = await stopped
  quiet()
  if (reason instanceof Error) log('ERROR', `The controller of the brokers has failed: ${reason.message}`)
  await server.close()
  await (await controller?.catch(() => undefined))?.close().catch(() => {})
  if (reason instanceof Error) return exitCode.failed
  info(`ZooKeeper stopped on ${reason}.`)
  return signalCode(reason)
}
