import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { type ExecaError, execa } from 'execa'
import { randomUuid } from '../../src/runtime/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { isShort, runShort } from './tools-process.ts'

/** Apache Kafka itself, for tests that hold this implementation against it: its jars come from Maven Central, once. */

const VERSION = '4.3.1'
const ARTIFACTS = ['kafka_2.13', 'kafka-tools', 'connect-runtime', 'connect-file', 'connect-json', 'kafka-streams']
const cache = process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache')
export const apacheHome = path.join(cache, `apache-kafka-${VERSION}`)
const complete = path.join(apacheHome, '.complete')

const runs = (command: string, ...args: string[]): boolean => {
  try {
    execFileSync(command, args, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Why Apache's programs cannot run here; undefined when they can. Where they must be there (`KAFKA_TEST_REQUIRE_JAVA`), it throws instead. */
export function apacheMissing(): string | undefined {
  const why = missing()
  if (why !== undefined && process.env.KAFKA_TEST_REQUIRE_JAVA) throw new Error(why)
  return why
}

function missing(): string | undefined {
  if (!runs('java', '-version')) return 'java is missing'
  if (!existsSync(complete) && !runs('mvn', '-version')) return `mvn is missing, to get Apache Kafka ${VERSION} with`
  return undefined
}

/** The class path of Apache's jars, which are fetched when they are not there. */
export function apacheClassPath(): string {
  if (!existsSync(complete)) {
    mkdirSync(apacheHome, { recursive: true })
    writeFileSync(path.join(apacheHome, 'pom.xml'), pom())
    execFileSync('mvn', ['-q', 'dependency:copy-dependencies', '-DoutputDirectory=libs'], {
      cwd: apacheHome,
      stdio: 'inherit',
    })
    writeFileSync(complete, '')
  }
  return path.join(apacheHome, 'libs', '*')
}

/**
 * Java's command line with Apache's classes; the class or source to run comes behind. Suites have Java start quickly (`fetch-apache.ts`), benchmarks
 * as their readers do.
 */
export const javaLine = (...options: readonly string[]): string[] => [
  ...given('KAFKA_TEST_JAVA_SHARING'),
  ...unsharedLine(...options),
]

/** ... without the archive of classes, in which the methods of an object have another order, and so has what is printed of it. */
const unsharedLine = (...options: readonly string[]): string[] => [
  ...given('KAFKA_TEST_JAVA_OPTIONS'),
  ...options,
  ...['-cp', [apacheClassPath(), process.env.KAFKA_TEST_TOOLS].filter(Boolean).join(path.delimiter)],
]

const given = (name: string): string[] => JSON.parse(process.env[name] ?? '[]')

function pom(): string {
  const dependency = (group: string, artifact: string, version: string) =>
    `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`
  const dependencies = [
    ...ARTIFACTS.map((artifact) => dependency('org.apache.kafka', artifact, VERSION)),
    dependency('org.slf4j', 'slf4j-nop', '1.7.36'),
  ]
  return `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion><groupId>peer</groupId><artifactId>peer</artifactId><version>1</version><dependencies>${dependencies.join('')}</dependencies></project>`
}

/** Classes behind the names of Apache's scripts. */
const TOOLS: Readonly<Record<string, string>> = {
  'kafka-topics': 'org.apache.kafka.tools.TopicCommand',
  'kafka-console-producer': 'org.apache.kafka.tools.ConsoleProducer',
  'kafka-console-consumer': 'org.apache.kafka.tools.consumer.ConsoleConsumer',
  'kafka-consumer-groups': 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand',
  'kafka-groups': 'org.apache.kafka.tools.GroupsCommand',
  'kafka-configs': 'kafka.admin.ConfigCommand',
  'kafka-get-offsets': 'org.apache.kafka.tools.GetOffsetShell',
  'kafka-delete-records': 'org.apache.kafka.tools.DeleteRecordsCommand',
  'kafka-log-dirs': 'org.apache.kafka.tools.LogDirsCommand',
  'kafka-dump-log': 'org.apache.kafka.tools.DumpLogSegments',
  'kafka-broker-api-versions': 'org.apache.kafka.tools.BrokerApiVersionsCommand',
  'kafka-metadata-quorum': 'org.apache.kafka.tools.MetadataQuorumCommand',
  'kafka-leader-election': 'org.apache.kafka.tools.LeaderElectionCommand',
  'kafka-reassign-partitions': 'org.apache.kafka.tools.reassign.ReassignPartitionsCommand',
  'kafka-acls': 'org.apache.kafka.tools.AclCommand',
  'kafka-delegation-tokens': 'org.apache.kafka.tools.DelegationTokenCommand',
  'kafka-client-metrics': 'org.apache.kafka.tools.ClientMetricsCommand',
  'kafka-features': 'org.apache.kafka.tools.FeatureCommand',
  'kafka-cluster': 'org.apache.kafka.tools.ClusterTool',
  'kafka-transactions': 'org.apache.kafka.tools.TransactionsCommand',
  'kafka-producer-perf-test': 'org.apache.kafka.tools.ProducerPerformance',
  'kafka-consumer-perf-test': 'org.apache.kafka.tools.ConsumerPerformance',
  'kafka-verifiable-producer': 'org.apache.kafka.tools.VerifiableProducer',
  'kafka-verifiable-consumer': 'org.apache.kafka.tools.VerifiableConsumer',
  'kafka-storage': 'kafka.tools.StorageTool',
  'kafka-server-start': 'kafka.Kafka',
  'kafka-share-groups': 'org.apache.kafka.tools.consumer.group.ShareGroupCommand',
  'kafka-streams-groups': 'org.apache.kafka.tools.streams.StreamsGroupCommand',
  'kafka-streams-application-reset': 'org.apache.kafka.tools.StreamsResetter',
  'kafka-e2e-latency': 'org.apache.kafka.tools.EndToEndLatency',
}

export interface ToolResult {
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number
}

/**
 * Runs one of Apache's tools by the name of its script (or by its class) to its end. With `KAFKA_TOOL` in the environment that command is
 * run instead, with the same name and arguments.
 */
export async function runTool(
  name: string,
  args: readonly string[],
  options: { input?: string | Buffer; timeoutMs?: number } = {},
): Promise<ToolResult> {
  const { input = '', timeoutMs = 60_000 } = options
  const main = TOOLS[name] ?? name
  if (process.env.KAFKA_TEST_TOOLS && !process.env.KAFKA_TOOL && isShort(main))
    return runShort(main, args, { input, timeoutMs })
  const [command, ...before] = process.env.KAFKA_TOOL
    ? [process.env.KAFKA_TOOL, name]
    : ['java', ...(main.includes('Verifiable') ? unsharedLine : javaLine)('-Xmx512M'), main]
  const result = await execa(command as string, [...before, ...args], {
    input,
    timeout: timeoutMs,
    stripFinalNewline: false,
    reject: false,
    maxBuffer: 256 * 1024 * 1024,
  })
  if (result.exitCode === undefined) throw result as unknown as ExecaError
  return { stdout: result.stdout, stderr: result.stderr, exitCode: result.exitCode }
}

export interface ApacheBroker {
  readonly bootstrap: string
  readonly pid: number | undefined
  /** The broker's log directory. */
  readonly logDir: string
  /** Ends it and waits until it is gone: `SIGTERM` for a clean stop, `SIGKILL` for a crash. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>
}

/**
 * Starts a node (broker and controller) with its data in `dir`, formatted when it is new, on `port` and `port + 1`. The properties given
 * win over those it has anyway; `system` are Java's own.
 */
export async function startBroker(
  dir: string,
  port: number,
  extra: Readonly<Record<string, string>> = {},
  system: Readonly<Record<string, string>> = {},
): Promise<ApacheBroker> {
  const logDir = path.join(dir, 'logs')
  const properties = path.join(dir, 'server.properties')
  mkdirSync(dir, { recursive: true })
  const given = Object.entries(extra).map(([name, value]) => `${name}=${value}\n`)
  writeFileSync(properties, serverProperties(logDir, port) + given.join(''))
  if (!existsSync(path.join(logDir, 'meta.properties'))) {
    const formatted = await runTool('kafka-storage', ['format', '-t', randomUuid(nodeRuntime.random), '-c', properties])
    if (formatted.exitCode !== 0) throw new Error(`cannot format ${logDir}: ${formatted.stderr}`)
  }
  const options = Object.entries(system).map(([name, value]) => `-D${name}=${value}`)
  const command = [...javaLine('-Xmx512M', ...options), 'kafka.Kafka', properties]
  const broker = execa('java', command, { reject: false })
  await answering(port, broker)
  return {
    bootstrap: `127.0.0.1:${port}`,
    pid: broker.pid,
    logDir,
    async stop(signal = 'SIGTERM') {
      broker.kill(signal)
      await broker
    },
  }
}

const serverProperties = (logDir: string, port: number): string => `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${port + 1}
listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${port + 1}
advertised.listeners=PLAINTEXT://127.0.0.1:${port}
controller.listener.names=CONTROLLER
log.dirs=${logDir}
offsets.topic.replication.factor=1
offsets.topic.num.partitions=3
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
`

/** Whether somebody listens. */
export const connects = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })

/** Apache's broker opens its port when it is ready to serve. */
export async function answering(
  port: number,
  broker: PromiseLike<unknown> & { exitCode?: number | null },
): Promise<void> {
  let ended = false
  void broker.then(() => {
    ended = true
  })
  for (let attempt = 0; attempt < 600; attempt++) {
    if (ended) throw new Error("Apache's broker ended while it started")
    if (await connects(port)) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error("Apache's broker does not answer")
}

/**
 * A node of Apache's with just these properties (and the log directory `dir/logs`), formatted with `format`'s arguments when it is new. Resolves when
 * `port` answers.
 */
export async function startApacheNode(
  dir: string,
  port: number,
  properties: Readonly<Record<string, string>>,
  format: readonly string[],
): Promise<ApacheBroker> {
  const logDir = path.join(dir, 'logs')
  const file = path.join(dir, 'server.properties')
  mkdirSync(dir, { recursive: true })
  const given = Object.entries({ ...properties, 'log.dirs': logDir }).map(([name, value]) => `${name}=${value}\n`)
  writeFileSync(file, given.join(''))
  if (!existsSync(path.join(logDir, 'meta.properties'))) {
    const formatted = await runTool('kafka-storage', ['format', '-c', file, ...format])
    if (formatted.exitCode !== 0) throw new Error(`cannot format ${logDir}: ${formatted.stderr}`)
  }
  const node = execa('java', [...javaLine('-Xmx256M'), 'kafka.Kafka', file], { reject: false })
  await answering(port, node)
  return {
    bootstrap: `127.0.0.1:${port}`,
    pid: node.pid,
    logDir,
    async stop(signal = 'SIGTERM') {
      node.kill(signal)
      await node
    },
  }
}
