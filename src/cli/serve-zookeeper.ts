import { unknownProperty } from '../config/remarks.ts'
import { knownProperties, type ZooKeeperConfig } from '../zookeeper/config.ts'
import { ZooKeeperServer } from '../zookeeper/server.ts'
import type { Context } from './context.ts'
import { exitCode, sentenceOf, signalCode } from './exit.ts'
import { KAFKA_VERSION } from './version.ts'
import { logTime } from './warnings.ts'

/** The release of ZooKeeper whose protocol is spoken (Kafka 3.9 came with it), and who speaks it. */
const VERSION = '3.8.4-kafka-toolset'

/** Answers as a ZooKeeper on the client port until a signal stops it; the exit code is the signal's. */
export async function serveZooKeeper(
  config: ZooKeeperConfig,
  unknown: readonly string[],
  { console, runtime }: Context,
): Promise<number> {
  const log = (level: string, line: string) => console.out(`[${logTime(runtime.clock.now())}] ${level} ${line}\n`)
  const server = new ZooKeeperServer({
    config,
    runtime,
    version: VERSION,
    environment: { 'host.name': runtime.network.hostName(), 'kafka.version': KAFKA_VERSION },
    log: (line) => log('INFO', line),
  })
  let stop: (signal: string) => void = () => {}
  const stopped = new Promise<string>((resolve) => {
    stop = resolve
  })
  const quiet = console.onSignal((signal) => stop(signal))
  for (const name of unknown) log('WARN', unknownProperty('ZooKeeper', name, knownProperties))
  try {
    const port = await server.start()
    log('INFO', `binding to port ${config.host || '0.0.0.0'}:${port}`)
  } catch (error) {
    log('ERROR', `Unexpected exception, exiting abnormally: ${sentenceOf(error)}`)
    console.error(`${sentenceOf(error)}\n`)
    return exitCode.failed
  }
  log(
    'INFO',
    `Brokers whose zookeeper.connect names this port register here, and keep their metadata themselves: nothing is kept in ${config.dataDir}.`,
  )
  const signal = await stopped
  quiet()
  await server.close()
  log('INFO', `ZooKeeper stopped on ${signal}.`)
  return signalCode(signal)
}
