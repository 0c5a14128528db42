import type { ClassicTool } from '../context.ts'

/** Apache's tools by the name after `kafka-` (ZooKeeper's and Connect's have none), each loaded only when it is called. */
export const classicTools: Readonly<Record<string, () => Promise<{ readonly main: ClassicTool }>>> = {
  topics: () => import('./topics.ts'),
  'console-producer': () => import('./console-producer.ts'),
  'console-consumer': () => import('./console-consumer.ts'),
  'consumer-groups': () => import('./consumer-groups.ts'),
  'share-groups': () => import('./share-groups.ts'),
  'streams-groups': () => import('./streams-groups.ts'),
  'console-share-consumer': () => import('./console-share-consumer.ts'),
  'share-consumer-perf-test': () => import('./share-consumer-perf-test.ts'),
  'verifiable-share-consumer': () => import('./verifiable-share-consumer.ts'),
  'get-offsets': () => import('./get-offsets.ts'),
  configs: () => import('./configs.ts'),
  'delete-records': () => import('./delete-records.ts'),
  'broker-api-versions': () => import('./broker-api-versions.ts'),
  groups: () => import('./groups.ts'),
  'metadata-quorum': () => import('./metadata-quorum.ts'),
  cluster: () => import('./cluster.ts'),
  'log-dirs': () => import('./log-dirs.ts'),
  'producer-perf-test': () => import('./producer-perf-test.ts'),
  'consumer-perf-test': () => import('./consumer-perf-test.ts'),
  'e2e-latency': () => import('./e2e-latency.ts'),
  'dump-log': () => import('./dump-log.ts'),
  'leader-election': () => import('./leader-election.ts'),
  'reassign-partitions': () => import('./reassign-partitions.ts'),
  acls: () => import('./acls.ts'),
  features: () => import('./features.ts'),
  transactions: () => import('./transactions.ts'),
  'replica-verification': () => import('./replica-verification.ts'),
  'delegation-tokens': () => import('./delegation-tokens.ts'),
  'client-metrics': () => import('./client-metrics.ts'),
  'streams-application-reset': () => import('./streams-application-reset.ts'),
  'verifiable-consumer': () => import('./verifiable-consumer.ts'),
  'verifiable-producer': () => import('./verifiable-producer.ts'),
  'metadata-shell': () => import('./metadata-shell.ts'),
  storage: () => import('./storage.ts'),
  'connect-standalone': () => import('./connect-standalone.ts'),
  'connect-distributed': () => import('./connect-distributed.ts'),
  'server-start': () => import('./server-start.ts'),
  'server-stop': () => import('./server-stop.ts'),
  'zookeeper-server-start': () => import('./zookeeper-server-start.ts'),
  'zookeeper-server-stop': () => import('./zookeeper-server-stop.ts'),
  'zookeeper-shell': () => import('./zookeeper-shell.ts'),
}

/** Programs that have no script, by what `java-classes.ts` calls them. */
export const classPrograms: typeof classicTools = {
  'word-count-demo': () => import('./word-count-demo.ts'),
}

/** The script that a tool is called by, without its ending. */
export const scriptName = (tool: string): string => (/^(zookeeper|connect)-/.test(tool) ? tool : `kafka-${tool}`)

/** The word by which a tool is called in Apache's spelling: a native command has the name of Connect's script, too. */
export const classicWord = (tool: string): string => scriptName(tool) + (tool.startsWith('connect-') ? '.sh' : '')

/** `topics` of `topics`, `kafka-topics` or `kafka-topics.sh`. */
export const toolName = (word: string): string => word.replace(/\.(sh|bat)$/, '').replace(/^kafka-/, '')

/** The tool of `topics`, `kafka-topics` or `kafka-topics.sh`; undefined when there is none of that name. */
export function classicName(word: string | undefined): string | undefined {
  const name = word === undefined ? undefined : toolName(word)
  return name !== undefined && Object.hasOwn(classicTools, name) ? name : undefined
}
