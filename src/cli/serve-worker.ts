import type { RestServer } from '../connect/rest/serve.ts'
import type { WorkerOptions } from '../connect/worker/toolbox.ts'
import { loadModule } from '../runtime/node/modules.ts'
import type { Context } from './context.ts'
import { exitCode, sentenceOf, signalCode } from './exit.ts'
import { KAFKA_VERSION } from './version.ts'
import { logTime, warnings } from './warnings.ts'

/** Exit code of Apache's worker that cannot work at all. */
const CANNOT_WORK = 2

export type WorkerLog = (level: string, line: string) => void

/** A worker that has begun. */
export interface Begun {
  readonly clusterId: string
  readonly rest: RestServer
  /** Rejects when it cannot go on. */
  readonly failed?: Promise<never>
  close(): Promise<void>
}

/** What a worker of Connect is made with on the command line. */
export const workerOptions = (
  properties: Readonly<Record<string, string>>,
  context: Context,
  log: WorkerLog,
): WorkerOptions => ({
  properties,
  runtime: context.runtime,
  console: context.console,
  load: loadModule,
  hooks: warnings(context),
  log,
})

/**
 * Runs a worker until a signal stops it, which is then the exit code. `begin` opens it; `use` does what is to be done then, and may give an exit
 * code with which it ends at once.
 */
export async function serveWorker<T extends Begun>(
  context: Context,
  begin: (log: WorkerLog) => Promise<T>,
  use: (begun: T, log: WorkerLog) => Promise<number | undefined> = () => Promise.resolve(undefined),
): Promise<number> {
  const { console, runtime } = context
  const log: WorkerLog = (level, line) => console.out(`[${logTime(runtime.clock.now())}] ${level} ${line}\n`)
  let stop: (signal: string) => void = () => {}
  const stopped = new Promise<string>((resolve) => {
    stop = resolve
  })
  const quiet = console.onSignal((signal) => stop(signal))
  log('INFO', 'Kafka Connect worker initializing ... (org.apache.kafka.connect.cli.AbstractConnectCli)')
  const started = runtime.clock.monotonic()
  let begun: T
  try {
    const first = await Promise.race([begin(log), stopped])
    if (typeof first === 'string') return signalCode(first)
    begun = first
  } catch (error) {
    log('ERROR', `Stopping due to error: ${sentenceOf(error)}`)
    console.error(`${sentenceOf(error)}\n`)
    return CANNOT_WORK
  }
  tell(begun, log)
  const took = Math.round(runtime.clock.monotonic() - started)
  log('INFO', `Kafka Connect worker initialization took ${took}ms (org.apache.kafka.connect.cli.AbstractConnectCli)`)
  log('INFO', 'Kafka Connect started (org.apache.kafka.connect.runtime.Connect)')
  const code = (await use(begun, log)) ?? (await ended(stopped, begun, context))
  quiet()
  log('INFO', 'Kafka Connect stopping (org.apache.kafka.connect.runtime.Connect)')
  await begun.rest.close()
  await begun.close()
  log('INFO', 'Kafka Connect stopped (org.apache.kafka.connect.runtime.Connect)')
  return code
}

/** The exit code of a worker that a signal stops, or that cannot go on. */
async function ended(stopped: Promise<string>, { failed }: Begun, { console }: Context): Promise<number> {
  try {
    return signalCode(await (failed ? Promise.race([stopped, failed]) : stopped))
  } catch (error) {
    console.error(`${sentenceOf(error)}\n`)
    return exitCode.failed
  }
}

function tell({ clusterId, rest }: Begun, log: WorkerLog): void {
  log('INFO', `Kafka cluster ID: ${clusterId}`)
  log('INFO', `Kafka version: ${KAFKA_VERSION} (org.apache.kafka.common.utils.AppInfoParser)`)
  const host = rest.host.includes(':') ? `[${rest.host}]` : rest.host
  log(
    'INFO',
    `REST server listening at http://${host}:${rest.port}/, advertising URL http://${rest.advertised}/ (org.apache.kafka.connect.runtime.rest.RestServer)`,
  )
}
