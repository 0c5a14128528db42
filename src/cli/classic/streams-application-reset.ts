import { type Admin, KafkaError, type TopicPartition } from '../../client/index.ts'
import { partitionKey } from '../../client/types.ts'
import { parseDateTime, parseDuration } from '../../tools/java/time.ts'
import {
  activeMembers,
  internalTopics,
  partitionsOf,
  planReset,
  type ResetPosition,
} from '../../tools/streams/reset-application.ts'
import type { ClassicTool, Context } from '../context.ts'
import { exitCode } from '../exit.ts'
import { CommandLine, finish } from './command-line.ts'
import { streamsResetOptions, streamsResetSentence } from './streams-application-reset-options.ts'
import { withAdmin } from './with-admin.ts'

/** Apache's kafka-streams-application-reset. */
export const main: ClassicTool = (args, context) =>
  finish(context, async () => {
    const line = CommandLine.orUsage(context, streamsResetOptions, args)
    line.helpOrVersion(streamsResetSentence)
    checkPositions(line)
    if (line.has('config-file'))
      context.console.out(
        'Option --config-file has been deprecated and will be removed in a future version. Use --command-config instead.\n',
      )
    if (line.has('intermediate-topics'))
      context.console.out('WARN: `--intermediate-topics` is deprecated and will be removed in a future release\n')
    const config = line.value('command-config') ?? line.value('config-file')
    return withAdmin(context, line.value('bootstrap-server'), config, async (admin) => {
      try {
        return await new Reset(admin, line, context).run()
      } catch (error) {
        throw new Error(`ERROR: ${(error as Error).message}`, { cause: error })
      }
    })
  })

const positions = ['to-offset', 'to-datetime', 'by-duration', 'to-earliest', 'to-latest', 'from-file', 'shift-by']

function checkPositions(line: CommandLine): void {
  for (const name of positions)
    line.forbid(
      name,
      positions.filter((other) => other !== name),
    )
}

/** Lists as Java prints them. */
const listed = (names: readonly string[]): string => `[${names.join(', ')}]`

const topicList = (line: CommandLine, name: string): string[] => line.values(name).flatMap((text) => text.split(','))

class Reset {
  private readonly group: string
  private readonly isDry: boolean
  private readonly input: readonly string[]
  private readonly intermediate: readonly string[]

  constructor(
    private readonly admin: Admin,
    private readonly line: CommandLine,
    private readonly context: Context,
  ) {
    this.group = line.value('application-id') as string
    this.isDry = line.has('dry-run')
    this.input = topicList(line, 'input-topics')
    this.intermediate = topicList(line, 'intermediate-topics')
  }

  async run(): Promise<number> {
    await this.checkMembers()
    if (this.isDry)
      this.say('----Dry run displays the actions which will be performed when running Streams Reset Tool----')
    const missing = await this.seek()
    await this.deleteTopics()
    return missing > 0 ? exitCode.failed : exitCode.done
  }

  private say(text: string): void {
    this.context.console.out(`${text}\n`)
  }

  private async checkMembers(): Promise<void> {
    const members = await activeMembers(this.admin, this.group)
    if (members.length === 0) return
    if (!this.line.has('force'))
      throw new Error(
        `java.lang.IllegalStateException: Consumer group '${this.group}' is still active and has following members: ${listed(members.map(({ memberId }) => memberId))}. Make sure to stop all running application instances before running the reset tool. You can use option '--force' to remove active members from the group.`,
      )
    this.say(`Force deleting all active members in the group: ${this.group}`)
    for (const error of (await this.admin.removeMembers(this.group)).values()) if (error) throw error
  }

  /** Gives the number of topics that there are not. */
  private async seek(): Promise<number> {
    const { input, intermediate } = this
    if (input.length === 0 && intermediate.length === 0) {
      this.say('No input or intermediate topics specified. Skipping seek.')
      return 0
    }
    if (input.length > 0) this.say(`Reset-offsets for input topics ${listed(input)}`)
    if (intermediate.length > 0) this.say(`Seek-to-end for intermediate topics ${listed(intermediate)}`)
    const from = await partitionsOf(this.admin, input)
    const past = await partitionsOf(this.admin, intermediate)
    this.tellOfMissing('input', from.missing, 'Topic: ')
    this.tellOfMissing('intermediate', past.missing, 'Topic:')
    const seeks = [...(await this.inputOffsets(from.partitions)), ...(await this.skipped(past.partitions))]
    if (!this.isDry && seeks.length > 0)
      for (const error of (await this.admin.alterConsumerGroupOffsets(this.group, seeks)).values())
        if (error) throw error
    this.say('Done.')
    return from.missing.length + past.missing.length
  }

  private tellOfMissing(kind: string, topics: readonly string[], before: string): void {
    if (topics.length === 0) return
    this.say(`Following ${kind} topics are not found, skipping them`)
    for (const topic of topics) this.say(`${before}${topic}`)
  }

  private async inputOffsets(partitions: readonly TopicPartition[]) {
    if (partitions.length === 0) return []
    this.say(`Following input topics offsets will be reset to (for consumer group ${this.group})`)
    try {
      const found = await planReset(this.admin, this.group, partitions, this.position(partitions), (text) =>
        this.say(text),
      )
      for (const { topic, partition, offset } of found)
        this.say(`Topic: ${topic} Partition: ${partition} Offset: ${offset}`)
      return found
    } catch (error) {
      this.context.console.error('ERROR: Resetting offsets failed.\n')
      throw error
    }
  }

  private async skipped(partitions: readonly TopicPartition[]) {
    if (partitions.length === 0) return []
    this.say(`Following intermediate topics offsets will be reset to end (for consumer group ${this.group})`)
    for (const topic of new Set(partitions.map((where) => where.topic))) this.say(`Topic: ${topic}`)
    return planReset(this.admin, this.group, partitions, { to: 'latest' }, () => {})
  }

  private position(partitions: readonly TopicPartition[]): ResetPosition {
    const { line, context } = this
    const [time, duration, file] = [line.value('to-datetime'), line.value('by-duration'), line.value('from-file')]
    if (line.has('to-offset')) return { to: 'offset', offset: line.number('to-offset') as number }
    if (time !== undefined) return { to: 'time', timestamp: parseDateTime(time) }
    if (duration !== undefined) return { to: 'time', timestamp: context.runtime.clock.now() - parseDuration(duration) }
    if (line.has('to-latest')) return { to: 'latest' }
    if (file !== undefined) return { to: 'plan', plan: this.readPlan(file, partitions) }
    if (line.has('shift-by')) return { to: 'shift', by: line.number('shift-by') as number }
    return { to: 'earliest' }
  }

  private readPlan(file: string, partitions: readonly TopicPartition[]): Map<string, number> {
    const bytes = this.context.runtime.disk.readFile(file)
    if (!bytes) throw new Error(`java.nio.file.NoSuchFileException: ${file}`)
    const wanted = new Set(partitions.map(({ topic, partition }) => partitionKey(topic, partition)))
    const plan = new Map<string, number>()
    const lines = bytes
      .toString()
      .split(/\r?\n/)
      .filter((row) => row.trim() !== '')
    if (lines.length === 0) throw new Error('java.text.ParseException: Error parsing reset plan CSV file. It is empty,')
    for (const row of lines) {
      const [topic = '', partition, offset] = row.split(',')
      if (!/^\d+$/.test(partition ?? '') || !/^\d+$/.test(offset ?? ''))
        throw new Error(
          'java.text.ParseException: Reset plan CSV file is not following the format `TOPIC,PARTITION,OFFSET`.',
        )
      const key = partitionKey(topic, Number(partition))
      if (!wanted.has(key))
        throw new Error(`${topic},${partition} of the reset plan is no partition of the input topics.`)
      plan.set(key, Number(offset))
    }
    return plan
  }

  private async deleteTopics(): Promise<void> {
    const inferred = await internalTopics(this.admin, this.group)
    const specified = this.line.has('internal-topics') ? topicList(this.line, 'internal-topics') : undefined
    if (specified?.some((topic) => !inferred.includes(topic)))
      throw new Error(
        'java.lang.IllegalArgumentException: Invalid topic specified in the --internal-topics option. Ensure that the topics specified are all internal topics. Do a dry run without the --internal-topics option to see the list of all internal topics that can be deleted.',
      )
    const topics = specified ?? inferred
    this.say(`Deleting ${specified ? 'specified' : 'inferred'} internal topics ${listed(topics)}`)
    if (!this.isDry && topics.length > 0) await this.delete(topics)
    this.say('Done.')
  }

  private async delete(topics: readonly string[]): Promise<void> {
    const failures = [...(await this.admin.deleteTopics(topics))].filter(([, error]) => error instanceof KafkaError)
    for (const [topic, error] of failures)
      this.context.console.error(`ERROR: deleting topic ${topic}\n${error?.message}\n`)
    if (failures.length > 0)
      throw new Error('java.lang.RuntimeException: Encountered an error deleting one or more topics')
  }
}
