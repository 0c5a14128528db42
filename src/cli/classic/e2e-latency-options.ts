import { commonOptions, type OptionSpec, takes } from './option-parser.ts'

const size = (name: string, text: string, label = 'bytes'): OptionSpec =>
  takes(name, label, text, { type: 'Integer', required: false, fallback: '0' })

/** The options of Apache's kafka-e2e-latency. */
export const latencyOptions: readonly OptionSpec[] = [
  ...commonOptions,
  takes(
    'bootstrap-server',
    'bootstrap-server',
    'REQUIRED: The Kafka broker list string in the form HOST1:PORT1,HOST2:PORT2.',
  ),
  takes('topic', 'topic-name', 'REQUIRED: The topic to use for the test.'),
  takes('num-records', 'count', 'REQUIRED: The number of messages to send.', { type: 'Integer' }),
  takes('producer-acks', 'producer-acks', "REQUIRED: Producer acknowledgements. Must be '1' or 'all'."),
  takes('record-size', 'bytes', 'REQUIRED: The size of each message payload in bytes.', { type: 'Integer' }),
  size(
    'record-key-size',
    'Optional: The size of the message key in bytes. If not set, messages are sent without a key.',
  ),
  size(
    'record-header-key-size',
    'Optional: The size of the message header key in bytes. Used together with record-header-size.',
  ),
  size('record-header-size', 'Optional: The size of message header value in bytes. Use -1 for null header value.'),
  size('num-headers', 'Optional: The number of headers to include in each message.', 'count'),
  takes(
    'command-config',
    'config-file',
    'Optional: A property file for Kafka producer/consumer/admin client configuration.',
    { required: false },
  ),
]

const required = ['--bootstrap-server', '--topic', '--num-records', '--producer-acks', '--record-size']

/** Named arguments for the five or six in a row of earlier releases; undefined when they are neither. */
export function namedArguments(args: readonly string[]): readonly string[] | undefined {
  if (args.length === 0 || args.some((word) => required.includes(word))) return args
  if (args.length !== 5 && args.length !== 6) return undefined
  return [...required, '--command-config'].slice(0, args.length).flatMap((name, i) => [name, args[i] as string])
}
