import { GroupMetadataFormatter, OffsetsFormatter, TransactionLogFormatter } from './coordinator-formatters.ts'
import { createDeserializer, type Deserializer } from './deserializers.ts'
import type { OutputBuffer } from './output-buffer.ts'
import type { PrintableRecord } from './record.ts'

/** Writes records for people to read. Throws for a record that it cannot read. */
export interface MessageFormatter {
  /** Set when it writes values as they are, and this byte after each. */
  readonly valueSeparator?: number | undefined
  write(record: PrintableRecord, output: OutputBuffer): void
}

export interface FormatterOptions {
  readonly settings: Readonly<Record<string, string>>
  /** Says what is wrong with the settings; the formatter works without them. */
  readonly complain: (sentence: string) => void
  /** How keys and values are read, instead of by what the settings name. */
  readonly readers?: Readonly<Partial<Record<'key' | 'value', Deserializer | undefined>>>
}

type Column = (record: PrintableRecord, output: OutputBuffer) => void

/**
 * Columns in Kafka's order: timestamp, partition, offset, delivery, epoch, headers, key, value; separators between them, a line separator
 * after the last one when that is not the value's own.
 */
class DefaultFormatter implements MessageFormatter {
  private readonly columns: readonly Column[]
  private readonly keySeparator: Buffer
  private readonly lineSeparator: Buffer
  /** Only the value, as it is. */
  private readonly isPlain: boolean
  readonly valueSeparator: number | undefined

  constructor(private readonly options: FormatterOptions) {
    const { settings } = options
    const on = (name: string): boolean => settings[name]?.trim().toLowerCase() === 'true'
    const printValue = settings['print.value'] === undefined || on('print.value')
    this.keySeparator = Buffer.from(settings['key.separator'] ?? '\t')
    this.lineSeparator = Buffer.from(settings['line.separator'] ?? '\n')
    const nullLiteral = Buffer.from(settings['null.literal'] ?? 'null')
    const value = this.deserializer('value')
    const columns: [boolean, () => Column][] = [
      [on('print.timestamp'), () => printTimestamp],
      [on('print.partition'), () => (record, output) => output.text(`Partition:${record.partition}`)],
      [on('print.offset'), () => (record, output) => output.text(`Offset:${record.offset}`)],
      [
        on('print.delivery'),
        () =>
          ({ deliveryCount }, output) =>
            output.text(`Delivery:${deliveryCount ?? 'NOT_PRESENT'}`),
      ],
      [on('print.epoch'), () => (_, output) => output.text('Epoch:NOT_PRESENT')],
      [on('print.headers'), () => this.headersColumn(nullLiteral)],
      [on('print.key'), () => bytesColumn((record) => record.key(), this.deserializer('key'), nullLiteral)],
      [printValue, () => bytesColumn((record) => record.value(), value, nullLiteral)],
    ]
    this.columns = columns.filter(([wanted]) => wanted).map(([, column]) => column())
    this.isPlain = printValue && this.columns.length === 1 && value === undefined
    if (this.isPlain && this.lineSeparator.length === 1) this.valueSeparator = this.lineSeparator[0]
  }

  write(record: PrintableRecord, output: OutputBuffer): void {
    if (this.isPlain && record.valueLength >= 0) output.copy(record.payload, record.valueStart, record.valueLength)
    else
      for (let i = 0; i < this.columns.length; i++) {
        if (i > 0) output.bytes(this.keySeparator)
        ;(this.columns[i] as Column)(record, output)
      }
    if (this.valueSeparator !== undefined) output.byte(this.valueSeparator)
    else if (this.columns.length > 0) output.bytes(this.lineSeparator)
  }

  private deserializer(role: 'key' | 'value' | 'headers'): Deserializer | undefined {
    const { settings, complain, readers } = this.options
    const given = role === 'headers' ? undefined : readers?.[role]
    if (given) return given
    const property = `${role}.deserializer`
    const name = settings[property]
    if (name === undefined) return undefined
    const own: Record<string, string> = {}
    for (const [key, value] of Object.entries(settings))
      if (key.startsWith(`${property}.`) && key.length > property.length + 1)
        own[key.slice(property.length + 1)] = value
    try {
      return createDeserializer(name, own, role)
    } catch (error) {
      complain((error as Error).message)
      return undefined
    }
  }

  private headersColumn(nullLiteral: Buffer): Column {
    const separator = Buffer.from(this.options.settings['headers.separator'] ?? ',')
    const deserialize = this.deserializer('headers')
    return (record, output) => {
      const headers = record.headers()
      if (headers.length === 0) output.text('NO_HEADERS')
      for (const [index, { key, value }] of headers.entries()) {
        if (index > 0) output.bytes(separator)
        output.text(`${key}:`)
        put(value, deserialize, nullLiteral, output)
      }
    }
  }
}

function printTimestamp({ timestampType, timestamp }: PrintableRecord, output: OutputBuffer): void {
  output.text(timestampType === 'NoTimestampType' ? 'NO_TIMESTAMP' : `${timestampType}:${timestamp}`)
}

function put(
  bytes: Buffer | null,
  deserialize: Deserializer | undefined,
  nullLiteral: Buffer,
  output: OutputBuffer,
): void {
  if (bytes === null) return output.bytes(nullLiteral)
  const result = deserialize ? deserialize(bytes) : bytes
  if (typeof result === 'string') output.text(result)
  else output.bytes(result)
}

const bytesColumn =
  (
    pick: (record: PrintableRecord) => Buffer | null,
    deserialize: Deserializer | undefined,
    nullLiteral: Buffer,
  ): Column =>
  (record, output) =>
    put(pick(record), deserialize, nullLiteral, output)

const noOp: MessageFormatter = { write() {} }

const formatters: Record<string, (options: FormatterOptions) => MessageFormatter> = {
  default: (options) => new DefaultFormatter(options),
  // Apache's writes the same lines and a second copy to a log that is off unless configured.
  logging: (options) => new DefaultFormatter(options),
  noop: () => noOp,
  offsets: () => new OffsetsFormatter(),
  groupmetadata: () => new GroupMetadataFormatter(),
  transactionlog: () => new TransactionLogFormatter(),
}

/** `offsets` of `org.apache.kafka.tools.consumer.OffsetsMessageFormatter` and of `kafka.coordinator.group.GroupMetadataManager$Offsets...`. */
const shortName = (name: string): string =>
  name
    .replace(/^.*[.$]/, '')
    .replace(/(Message)?Formatter$/, '')
    .toLowerCase()

/** By Java's class name, today's or an older one, or its short form; undefined for a class that is not there. */
export function createFormatter(name: string, options: FormatterOptions): MessageFormatter | undefined {
  return formatters[shortName(name)]?.(options)
}
