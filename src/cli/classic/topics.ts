import { Admin } from '../../client/index.ts'
import { ZERO_UUID } from '../../std/uuid.ts'
import { alterEntity, parseDeleted } from '../../tools/configs/alter.ts'
import { stringHashOrder } from '../../tools/java/hash-order.ts'
import { topicPattern } from '../../tools/java/pattern.ts'
import { parseJavaUuid } from '../../tools/java/uuid.ts'
import {
  addPartitions,
  checkConfigs,
  createTopic,
  deleteTopics,
  findTopics,
  parseAssignment,
} from '../../tools/topics/change.ts'
import { describeTopics, isOverridden, type PartitionDetails, type TopicChoice } from '../../tools/topics/describe.ts'
import {
  collisionWarning,
  deletedInEra,
  eraConfigWarning,
  eraPartitionWarning,
  mayCollide,
  partitionLine,
  topicLine,
} from '../../tools/topics/text.ts'
import { adminProperties, loadOptionalProperties } from '../client-config.ts'
import type { ClassicTool, Context } from '../context.ts'
import { exitCode, sentenceOf } from '../exit.ts'
import { warnings } from '../warnings.ts'
import { CommandLine, finish } from './command-line.ts'
import { serversOf } from './era-options.ts'
import { topicsOptions } from './topics-options.ts'

const actions = ['create', 'list', 'alter', 'describe', 'delete'] as const
const reports = [
  'under-replicated-partitions',
  'unavailable-partitions',
  'under-min-isr-partitions',
  'at-min-isr-partitions',
] as const

/** Apache's kafka-topics. */
export const main: ClassicTool = (args, context) =>
  finish(context, async () => {
    const line = new CommandLine(context, topicsOptions, args)
    check(line, context)
    const settings = loadOptionalProperties(context.runtime, line.value('command-config'))
    const servers = await serversOf(line, context)
    const admin = new Admin(adminProperties(settings, servers), context.runtime, warnings(context))
    try {
      await run(line, admin, context)
      return exitCode.done
    } catch (error) {
      context.console.out(`Error while executing topic command : ${sentenceOf(error)}\n`)
      return exitCode.failed
    } finally {
      await admin.close()
    }
  })

function check(line: CommandLine, { console }: Context): void {
  if (line.args.length === 0) line.usage('Create, delete, describe, or change a topic.')
  line.helpOrVersion('This tool helps to create, delete, describe, or change a topic.')
  if (actions.filter((action) => line.has(action)).length !== 1)
    line.usage('Command must include exactly one action: --list, --describe, --create, --alter or --delete')
  if (line.has('delete-config') && !line.has('zookeeper'))
    console.error(
      'delete-config option is no longer supported and deprecated since version 4.0. The config will be fully removed in future releases.\n',
    )
  checkRequired(line, console)
  checkCombinations(line)
}

function checkRequired(line: CommandLine, console: Context['console']): void {
  if (!line.has('bootstrap-server')) throw new Error('--bootstrap-server must be specified')
  if (line.has('describe') && line.has('if-exists')) {
    if (!line.has('topic') && !line.has('topic-id')) line.usage('--topic or --topic-id is required to describe a topic')
    if (line.has('topic') && line.has('topic-id'))
      console.out(
        'Only topic id will be used when both --topic and --topic-id are specified and topicId is not Uuid.ZERO_UUID\n',
      )
  }
  if (!line.has('list') && !line.has('describe')) line.require('topic')
  if (!line.has('alter')) return
  if (line.has('zookeeper') && (line.has('config') || line.has('delete-config'))) return
  if (line.has('config'))
    line.usage(
      'Option combination "[[bootstrap-server], [config]]" can\'t be used with option "[alter]" (To alter topic configurations, the kafka-configs tool can be used.)',
    )
  line.require('partitions')
}

function checkCombinations(line: CommandLine): void {
  const except = (...allowed: readonly string[]) => actions.filter((action) => !allowed.includes(action))
  line.forbid('config', except('alter', 'create'))
  line.forbid('partitions', except('alter', 'create'))
  line.forbid('replication-factor', except('create'))
  line.forbid('replica-assignment', except('alter', 'create'))
  if (line.has('create')) line.forbid('replica-assignment', ['partitions', 'replication-factor'])
  for (const report of reports) line.forbid(report, [...except('describe'), 'topics-with-overrides'])
  line.forbid('topics-with-overrides', [...except('describe'), ...reports])
  line.forbid('if-exists', except('alter', 'delete', 'describe'))
  line.forbid('if-not-exists', except('create'))
  line.forbid('exclude-internal', except('list', 'describe'))
}

async function run(line: CommandLine, admin: Admin, { console }: Context): Promise<void> {
  if (line.has('create')) return create(line, admin, console)
  if (line.has('describe')) return describe(line, admin, console)
  const topic = line.value('topic')
  const found = () =>
    findTopics(admin, topic === undefined ? undefined : topicPattern(topic), line.has('exclude-internal'))
  if (line.has('list')) {
    console.out(`${(await found()).join('\n')}\n`)
    return
  }
  const assignment = line.has('alter') && line.value('replica-assignment')
  const assignments = assignment ? parseAssignment(assignment) : undefined
  const count = line.number('partitions')
  const topics = await found()
  expectSome(topics, `Topic '${topic}'`, !!topic && !line.has('if-exists'))
  if (topics.length === 0) return
  const era = line.has('zookeeper')
  if (line.has('delete')) {
    await deleteTopics(admin, topics)
    if (era) console.out(topics.map(deletedInEra).join(''))
    return
  }
  if (era) await changeConfigs(line, admin, topics, console)
  if (count === undefined) return
  if (era) console.out(eraPartitionWarning)
  await addPartitions(admin, topics, count, assignments)
  if (era) console.out('Adding partitions succeeded!\n')
}

/** `--alter --config`, which the tool took together with `--zookeeper`. */
async function changeConfigs(
  line: CommandLine,
  admin: Admin,
  topics: readonly string[],
  console: Context['console'],
): Promise<void> {
  const added = Object.entries(parseConfigs(line.values('config'))).map(([name, value]) => {
    return { name, op: 'set' as const, value }
  })
  const ops = [...added, ...line.values('delete-config').flatMap(parseDeleted)]
  if (ops.length === 0) return
  console.out(eraConfigWarning)
  for (const name of topics) {
    await alterEntity(admin, { type: 'topic', name }, ops)
    console.out(`Updated config for topic ${name}.\n`)
  }
}

function expectSome(found: readonly unknown[], subject: string, required: boolean): void {
  if (required && found.length === 0) throw new Error(`${subject} does not exist as expected`)
}

/** Reads `key=value` pairs around the first equals sign; blanks beside it do not count. */
function parseConfigs(args: readonly string[]): Record<string, string> {
  const pairs = args.map((argument) => argument.split(/\s*=\s*/))
  for (const pair of pairs) while (pair.at(-1) === '') pair.pop()
  if (pairs.some((pair) => pair.length !== 2))
    throw new Error(
      'requirement failed: Invalid topic config: all configs to be added must be in the format "key=val".',
    )
  const configs = Object.fromEntries(pairs.map(([key, value]) => [key?.trim(), value?.trim()]))
  checkConfigs(configs)
  return configs
}

async function create(line: CommandLine, admin: Admin, console: Context['console']): Promise<void> {
  const name = line.value('topic') as string
  const partitions = line.number('partitions')
  const replicationFactor = line.number('replication-factor')
  const assignment = line.value('replica-assignment')
  const assignments = assignment ? parseAssignment(assignment) : undefined
  const configs = parseConfigs(line.values('config'))
  if (mayCollide(name)) console.out(`${collisionWarning}\n`)
  const topic = { name, partitions, replicationFactor, assignments, configs }
  if (await createTopic(admin, topic, line.has('if-not-exists'))) console.out(`Created topic ${name}.\n`)
}

async function describe(line: CommandLine, admin: Admin, console: Context['console']): Promise<void> {
  const choice = await choose(line, admin)
  const chosen = 'ids' in choice ? choice.ids : choice.names
  if (chosen.length === 0) return
  const topics = new Map((await describeTopics(admin, choice)).map((topic) => [topic.name, topic]))
  const onlyReports = reports.some((report) => line.has(report))
  let text = ''
  for (const name of stringHashOrder(topics.keys(), topics.size)) {
    const topic = topics.get(name)!
    const withTopicLine = !line.has('topics-with-overrides') || topic.configs.some(isOverridden)
    if (!onlyReports && withTopicLine) text += topicLine(topic)
    if (line.has('topics-with-overrides')) continue
    for (const info of topic.partitions) if (!onlyReports || isReported(line, info)) text += partitionLine(name, info)
  }
  console.out(text)
}

async function choose(line: CommandLine, admin: Admin): Promise<TopicChoice> {
  const excludeInternal = line.has('exclude-internal')
  const idText = line.value('topic-id')
  const id = idText === undefined ? ZERO_UUID : parseJavaUuid(idText)
  if (id !== ZERO_UUID) {
    const known = await admin.listTopics({ includeInternal: !excludeInternal })
    const ids = known.some(({ topicId }) => topicId === id) ? [id] : []
    expectSome(ids, `TopicId '${id}'`, !line.has('if-exists'))
    return { ids }
  }
  const topic = line.value('topic')
  const names = await findTopics(admin, topic === undefined ? undefined : topicPattern(topic), excludeInternal)
  expectSome(names, `Topic '${topic}'`, !!topic && !line.has('if-exists'))
  return { names, partitionsPerResponse: line.number('partition-size-limit-per-response') }
}

function isReported(line: CommandLine, info: PartitionDetails): boolean {
  return (
    (line.has('under-replicated-partitions') && info.underReplicated) ||
    (line.has('unavailable-partitions') && info.unavailable) ||
    (line.has('under-min-isr-partitions') && info.underMinIsr) ||
    (line.has('at-min-isr-partitions') && info.atMinIsr)
  )
}
