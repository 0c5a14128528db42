import { closest } from '../../std/closest.ts'
import { scriptName } from './registry.ts'

const USAGE = 'USAGE: kafka-run-class.sh [-daemon] [-name servicename] [-loggc] classname [opts]'

/** Tools by the names of their Java classes, those of all releases, without what stands before the last dot. */
const classes: Readonly<Record<string, string>> = {
  Kafka: 'server-start',
  TopicCommand: 'topics',
  ConfigCommand: 'configs',
  ConsoleProducer: 'console-producer',
  ConsoleConsumer: 'console-consumer',
  ConsumerGroupCommand: 'consumer-groups',
  ShareGroupCommand: 'share-groups',
  StreamsGroupCommand: 'streams-groups',
  ConsoleShareConsumer: 'console-share-consumer',
  ShareConsumerPerformance: 'share-consumer-perf-test',
  VerifiableShareConsumer: 'verifiable-share-consumer',
  GroupsCommand: 'groups',
  GetOffsetShell: 'get-offsets',
  DeleteRecordsCommand: 'delete-records',
  BrokerApiVersionsCommand: 'broker-api-versions',
  MetadataQuorumCommand: 'metadata-quorum',
  ClusterTool: 'cluster',
  LogDirsCommand: 'log-dirs',
  DumpLogSegments: 'dump-log',
  FeatureCommand: 'features',
  TransactionsCommand: 'transactions',
  StreamsResetter: 'streams-application-reset',
  ReplicaVerificationTool: 'replica-verification',
  VerifiableProducer: 'verifiable-producer',
  VerifiableConsumer: 'verifiable-consumer',
  AclCommand: 'acls',
  DelegationTokenCommand: 'delegation-tokens',
  ClientMetricsCommand: 'client-metrics',
  MetadataShell: 'metadata-shell',
  LeaderElectionCommand: 'leader-election',
  ReassignPartitionsCommand: 'reassign-partitions',
  ProducerPerformance: 'producer-perf-test',
  ConsumerPerformance: 'consumer-perf-test',
  EndToEndLatency: 'e2e-latency',
  StorageTool: 'storage',
  ConnectStandalone: 'connect-standalone',
  ConnectDistributed: 'connect-distributed',
  QuorumPeerMain: 'zookeeper-server-start',
  ZooKeeperMain: 'zookeeper-shell',
  ZooKeeperMainWithTlsSupportForKafka: 'zookeeper-shell',
}

/** Programs that have no script: only their class names run them. */
const programs: Readonly<Record<string, string>> = {
  WordCountDemo: 'word-count-demo',
}

/** Packages in which these classes have been. */
const packages = new RegExp(
  `^(${[
    'kafka',
    'kafka\\.admin',
    'kafka\\.tools',
    'org\\.apache\\.kafka\\.shell',
    'org\\.apache\\.kafka\\.tools(\\.consumer(\\.group)?|\\.reassign|\\.streams)?',
    'org\\.apache\\.kafka\\.clients\\.tools',
    'org\\.apache\\.kafka\\.connect\\.cli',
    'org\\.apache\\.kafka\\.streams\\.examples\\.wordcount',
    'org\\.apache\\.zookeeper(\\.server\\.quorum)?',
  ].join('|')})\\.`,
)

/** The tool and its arguments behind `kafka-run-class.sh [-daemon] [-name X] [-loggc] CLASS ...`; a sentence where there is none. */
export function readJavaCommand(
  words: readonly string[],
): string | { readonly tool: string; readonly args: readonly string[] } {
  let at = 0
  let daemon = false
  for (; words[at]?.startsWith('-'); at++) {
    const word = words[at]
    if (word === '-daemon') daemon = true
    else if (word === '-name') at++
    else if (word !== '-loggc') return USAGE
  }
  const name = words[at]
  if (name === undefined) return USAGE
  const short = name.replace(/^.*\./, '')
  const known = { ...classes, ...programs }
  const tool = packages.test(name) && Object.hasOwn(known, short) ? known[short] : undefined
  if (tool === undefined) {
    const meant = closest(short, Object.keys(known))
    const script = meant !== undefined && Object.hasOwn(classes, meant) ? ` (${scriptName(classes[meant] ?? '')})` : ''
    return `There is no class ${name} here: tools of this toolset run by their Java names, other Java classes cannot be run.${meant ? ` Did you mean ${meant}${script}?` : ''}`
  }
  const args = shellArguments(tool, words.slice(at + 1))
  return { tool, args: daemon ? ['-daemon', ...args] : args }
}

/** ZooKeeper's own shell is told the server with an option, the script without one. */
function shellArguments(tool: string, args: readonly string[]): readonly string[] {
  return tool === 'zookeeper-shell' && args[0] === '-server' ? args.slice(1) : args
}
