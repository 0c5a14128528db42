import type { Consumer } from '../../client/index.ts'
import type { TopicPartition } from '../../client/types.ts'
import type { Console } from '../../runtime/console.ts'
import { Bounds, type Range } from '../../tools/console/bounds.ts'
import { colouredFormatter } from '../../tools/console/coloured.ts'
import { createDeserializer, type Deserializer } from '../../tools/console/deserializers.ts'
import { formatString } from '../../tools/console/format-string.ts'
import { createFormatter, type MessageFormatter } from '../../tools/console/formatter.ts'
import type { PrintableRecord } from '../../tools/console/record.ts'
import { createFilter } from '../../tools/console/record-filter.ts'
import { createRecordForm, type PartReaders } from '../../tools/console/record-forms.ts'
import { InvalidRequest } from '../../tools/groups/reset.ts'
import { wholeMatch } from '../../tools/java/pattern.ts'
import { atPlace, type Batch, type Part } from '../../tools/schemas/reading.ts'
import type { ClientSettings } from '../client-config.ts'
import type { Context } from '../context.ts'
import type { ConsumerFlags, RecordFlags } from './consume-flags.ts'
import type { OutputFormat } from './output.ts'
import { loadPaint } from './paint.ts'
import { asksForSchemas } from './schema-flags.ts'
import { isoMillis, readMoment } from './time.ts'

const columnNames = ['timestamp', 'partition', 'offset', 'headers', 'key', 'delivery']

/** The formatter that the flags ask for. Throws `InvalidRequest`. */
export async function chooseFormatter(
  flags: RecordFlags,
  form: OutputFormat,
  context: Context,
  readers: Readers,
): Promise<MessageFormatter> {
  const chosen = await formatterOf(flags, form, context, readers)
  if (readers.json.size === 0) return chosen
  return { write: (record, output) => atPlace(record, () => chosen.write(record, output)) }
}

async function formatterOf(
  flags: RecordFlags,
  form: OutputFormat,
  context: Context,
  readers: Readers,
): Promise<MessageFormatter> {
  const { format, formatter: name } = flags
  if (form !== 'text') return createRecordForm(form, readers, !flags['no-headers'])
  const columns = columnsOf(flags.print)
  if (format !== undefined) return invalidIfThrown(() => formatString(format, { ...readers, isoTime: isoMillis }))
  if (name === undefined && context.console.outputIsTerminal) return onTerminal(context.console, columns, readers)
  const settings: Record<string, string> = {}
  for (const column of columns) settings[`print.${column}`] = 'true'
  const complain = (sentence: string) => {
    throw new InvalidRequest(sentence)
  }
  const chosen = createFormatter(name ?? 'default', { settings, complain, readers })
  if (!chosen) throw new InvalidRequest(`There is no formatter ${name}.`)
  return chosen
}

function columnsOf(print: string | undefined): ReadonlySet<string> {
  const columns = (print?.split(',') ?? []).map((column) => column.trim())
  const unknown = columns.find((column) => !columnNames.includes(column))
  if (unknown !== undefined) throw new InvalidRequest(`--print knows ${columnNames.join(', ')}, not ${unknown}.`)
  return new Set(columns)
}

/** How keys and values are read: as bytes, by a deserializer, or by a schema. */
interface Readers extends PartReaders {
  readonly json: ReadonlySet<Part>
  /** Fetches what the records of a batch need. */
  readonly prepare?: (batch: Batch) => Promise<void>
}

/** Throws `InvalidRequest` for a deserializer that is not there. */
export async function chooseReaders(
  flags: RecordFlags,
  context: Context,
  settings: () => ClientSettings,
): Promise<Readers> {
  const byName = (part: Part): Deserializer | undefined => {
    const name = flags[`${part}-deserializer`]
    return name === undefined ? undefined : invalidIfThrown(() => createDeserializer(name, {}, part))
  }
  if (!asksForSchemas(flags)) return { key: byName('key'), value: byName('value'), json: new Set() }
  const { schemaReaders } = await import('./schemas.ts')
  const { prepare, ...bySchema } = await schemaReaders(flags, context, settings)
  const json = new Set((['key', 'value'] as const).filter((part) => bySchema[part]))
  const readers = { key: bySchema.key ?? byName('key'), value: bySchema.value ?? byName('value'), json }
  return prepare ? { ...readers, prepare } : readers
}

async function onTerminal(console: Console, columns: ReadonlySet<string>, readers: Readers): Promise<MessageFormatter> {
  const { dim, magenta, bold } = await loadPaint(console)
  // Yellow and cyan vanish on a light background, blue on a dark one, and grey is the background itself in Solarized's dark colours.
  const paint = { place: dim, header: magenta, key: bold, nothing: dim.italic }
  return colouredFormatter({ columns, ...readers, isoTime: isoMillis, paint })
}

function invalidIfThrown<T>(action: () => T): T {
  try {
    return action()
  } catch (error) {
    throw new InvalidRequest((error as Error).message)
  }
}

/** Which records the filters let through; undefined when there are no filters. */
export function chooseFilter(
  flags: ConsumerFlags,
  readers: Readers,
): ((record: PrintableRecord) => boolean) | undefined {
  const pattern = (text: string | undefined): RegExp | undefined =>
    text === undefined ? undefined : invalidIfThrown(() => new RegExp(text, flags['ignore-case'] ? 'i' : ''))
  const headers = (flags['filter-header'] ?? []).map((text) => {
    const at = text.indexOf('=')
    return at < 0 ? { key: text, value: undefined } : { key: text.slice(0, at), value: pattern(text.slice(at + 1)) }
  })
  const filter = createFilter({
    value: pattern(flags.grep),
    key: pattern(flags['filter-key']),
    headers,
    read: readers,
  })
  return filter && readers.json.size > 0 ? (record) => atPlace(record, () => filter(record)) : filter
}

/** What of the topics is read; throws `InvalidRequest` for a time that cannot be read, or is still to come. */
export function chooseRange(flags: ConsumerFlags, now: number): Range {
  const { tail, offset, 'from-time': from, 'to-time': to, 'until-end': untilEnd } = flags
  const fromTime = from === undefined ? undefined : readMoment('from-time', from, now)
  const toTime = to === undefined ? undefined : readMoment('to-time', to, now)
  if (toTime !== undefined && toTime > now) throw new InvalidRequest(`--to-time ${to} is still to come.`)
  return { fromBeginning: flags['from-beginning'], tail, offset, fromTime, toTime, untilEnd }
}

/** Points a consumer at its topics: as a member of a group where no other start or end is asked for, else by hand. */
export async function startConsumer(
  consumer: Consumer,
  topic: string,
  flags: ConsumerFlags,
  range: Range,
): Promise<Bounds> {
  const bounds = new Bounds(consumer, range)
  const isPlain = range.tail === undefined && range.fromTime === undefined && !bounds.ends
  if (flags.partition === undefined && (flags.group !== undefined || isPlain)) {
    const listener = { onPartitionsAssigned: (given: readonly TopicPartition[]) => bounds.given(given) }
    consumer.subscribe(flags.pattern ? wholeMatch(topic) : [topic], listener)
    return bounds
  }
  const found = await matching(consumer, flags.pattern ? wholeMatch(topic) : topic)
  const wanted = found.filter(({ partition }) => flags.partition === undefined || partition === flags.partition)
  if (found.length === 0 && !flags.pattern) throw new Error(`There is no topic ${topic}.`)
  if (wanted.length === 0)
    throw new Error(
      flags.pattern ? `No topic matches ${topic}.` : `Topic ${topic} has no partition ${flags.partition}.`,
    )
  await bounds.assign(wanted.map(({ topic: name, partition }) => ({ topic: name, partition })))
  return bounds
}

/** Asks for the topics that there are: asking for one by its name might make it. */
async function matching(consumer: Consumer, wanted: RegExp | string): Promise<TopicPartition[]> {
  const topics = await consumer.listTopics()
  if (typeof wanted === 'string') return topics.get(wanted) ?? []
  return [...topics].flatMap(([name, partitions]) => (wanted.test(name) ? partitions : []))
}
