import { unknownProperty } from '../config/remarks.ts'
import type { Context } from './context.ts'
import { exitCode, sentenceOf, signalCode } from './exit.ts'
import { KAFKA_VERSION } from './version.ts'
import { logTime } from './warnings.ts'

/**
 * Runs a node until a signal stops it: the first one begins a controlled shutdown, a second one ends the process at once. The exit code
 * is the signal's, as it is for Apache's broker.
 */
export async function serve(
  properties: Readonly<Record<string, string>>,
  context: Context,
  spelling: 'classic' | 'native' = 'classic',
): Promise<number> {
  const { console, runtime } = context
  const log = (level: string, line: string) => console.out(`[${logTime(runtime.clock.now())}] ${level} ${line}\n`)
  const { startServer } = await import('../server/index.ts')
  let stop: (signal: string) => void = () => {}
  const stopped = new Promise<string>((resolve) => {
    stop = resolve
  })
  const start = new AbortController()
  void stopped.then((signal) => start.abort(signal))
  let server: Awaited<ReturnType<typeof startServer>>
  const quiet = console.onSignal((signal) => stop(signal))
  try {
    server = await startServer({ properties, runtime, log: (line) => log('INFO', line), signal: start.signal })
  } catch (error) {
    if (start.signal.aborted) return signalCode(start.signal.reason)
    // Scripts look for Apache's line where the server's console is; people look for the sentence.
    if (spelling === 'classic')
      log('ERROR', `Exiting Kafka due to fatal exception during startup. ${sentenceOf(error)}`)
    console.error(`${sentenceOf(error)}\n`)
    return exitCode.failed
  }
  for (const name of server.unknownProperties) log('WARN', unknownProperty('Kafka', name, server.knownProperties))
  for (const sentence of server.remarks) log('WARN', sentence)
  const places = server.listeners.map(({ name, host, port }) => `${name}://${host || '0.0.0.0'}:${port}`)
  log(
    'INFO',
    `Node ${server.nodeId} listens on ${places.join(', ')} and keeps its data in ${server.dataDirs.join(', ')}.`,
  )
  for (const { name, host, port } of server.listeners)
    log('INFO', `Awaiting socket connections on ${host || '0.0.0.0'}:${port} (${name}).`)
  log('INFO', `Kafka version: ${KAFKA_VERSION} (org.apache.kafka.common.utils.AppInfoParser)`)
  if (server.isBroker)
    log('INFO', `[BrokerServer id=${server.nodeId}] Transition from STARTING to STARTED (kafka.server.BrokerServer)`)
  log('INFO', `[KafkaRaftServer nodeId=${server.nodeId}] Kafka Server started (kafka.server.KafkaRaftServer)`)

  // What waits for a broker of the ZooKeeper era waits for this line.
  if (properties['zookeeper.connect'] && !properties['process.roles'])
    log('INFO', `[KafkaServer id=${server.nodeId}] started (kafka.server.KafkaServer)`)

  const end = await Promise.race([stopped, server.failed])
  if (end instanceof Error) {
    log('ERROR', `Shutdown broker because its storage failed: ${end.message}`)
    await server.close().catch(() => {})
    return exitCode.failed
  }
  quiet()
  log('INFO', `Terminating process due to signal ${end} (org.apache.kafka.common.utils.LoggingSignalHandler)`)
  await server.close()
  log('INFO', `[KafkaRaftServer nodeId=${server.nodeId}] shut down completed (kafka.server.KafkaRaftServer)`)
  return signalCode(end)
}
