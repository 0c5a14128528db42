import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { javaLine, type ToolResult } from './apache.ts'

/** Tools that ask and end: they may run in a Java that others have used, which saves most of what they take. */
const SHORT = new Set([
  'kafka.admin.ConfigCommand',
  'kafka.tools.StorageTool',
  ...[
    ...['AclCommand', 'BrokerApiVersionsCommand', 'ClientMetricsCommand', 'DelegationTokenCommand'],
    ...['DeleteRecordsCommand', 'DumpLogSegments', 'FeatureCommand', 'GetOffsetShell', 'GroupsCommand'],
    ...['LeaderElectionCommand', 'LogDirsCommand', 'MetadataQuorumCommand', 'StreamsResetter', 'TopicCommand'],
    ...['TransactionsCommand', 'consumer.group.ConsumerGroupCommand', 'consumer.group.ShareGroupCommand'],
    ...['reassign.ReassignPartitionsCommand', 'streams.StreamsGroupCommand'],
  ].map((name) => `org.apache.kafka.tools.${name}`),
])

/** The Java of this test file, from its first tool on; it ends with its input, which is when this process ends. */
interface Tools {
  readonly child: ChildProcessByStdio<Writable, Readable, null>
  readonly answers: AsyncIterator<string>
}
let tools: Tools | undefined
let last: Promise<unknown> = Promise.resolve()

function start(): Tools {
  const child = spawn('java', [...javaLine('-Xmx512M'), 'Tools'], { stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.on('error', () => {})
  return { child, answers: createInterface(child.stdout)[Symbol.asyncIterator]() }
}

export const isShort = (main: string): boolean => SHORT.has(main)

/** Runs a tool by its class, after those that were to be run before. */
export function runShort(
  main: string,
  args: readonly string[],
  options: { readonly input: string | Buffer; readonly timeoutMs: number },
): Promise<ToolResult> {
  const run = last.then(() => ask(main, args, options))
  last = run.catch(() => {})
  return run
}

async function ask(
  main: string,
  args: readonly string[],
  { input, timeoutMs }: { readonly input: string | Buffer; readonly timeoutMs: number },
): Promise<ToolResult> {
  tools ??= start()
  const { child, answers } = tools
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs)
  const words = [main, input, ...args].map((word) => Buffer.from(word).toString('base64'))
  child.stdin.write(`${words.join(' ')}\n`)
  const answer = await answers.next()
  clearTimeout(timer)
  if (answer.done) {
    tools = undefined
    throw new Error(`${main} ${args.join(' ')} took more than ${timeoutMs} ms, or the Java of all tools with it`)
  }
  const [code, ...texts] = answer.value.split(' ')
  const [stdout = '', stderr = ''] = texts.map((text) => Buffer.from(text, 'base64').toString())
  return { stdout, stderr, exitCode: Number(code) }
}
