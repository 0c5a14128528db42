import type { ClassicTool } from '../context.ts'

/** Apache's tools by the name after `kafka-`, each loaded only when it is called. */
export const classicTools: Readonly<Record<string, () => Promise<{ readonly main: ClassicTool }>>> = {
  topics: () => import('./topics.ts'),
  'console-producer': () => import('./console-producer.ts'),
  'console-consumer': () => import('./console-consumer.ts'),
  'consumer-groups': () => import('./consumer-groups.ts'),
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
  storage: () => import('./storage.ts'),
  'server-start': () => import('./server-start.ts'),
  'server-stop': () => import('./server-stop.ts'),
}

/** The tool of `topics`, `kafka-topics` or `kafka-topics.sh`; undefined when there is none of that name. */
export function classicName(word: string | undefined): string | undefined {
  const name = word?.replace(/\.(sh|bat)$/, '').replace(/^kafka-/, '')
  return name !== undefined && Object.hasOwn(classicTools, name) ? name : undefined
}
