import { brokerListOption, newConsumerOption, zooKeeperOption } from './era-options.ts'
import { commonOptions, flag, type OptionSpec, takes } from './option-parser.ts'

/** The options of Apache's kafka-consumer-perf-test; the default group is another one in every run. */
export const consumerPerfOptions = (group: string): readonly OptionSpec[] => [
  ...commonOptions,
  zooKeeperOption,
  brokerListOption,
  newConsumerOption,
  takes('bootstrap-server', 'server to connect to', 'REQUIRED: The server(s) to connect to.'),
  takes('topic', 'topic', 'The topic to consume from.'),
  takes('include', 'Java regex (String)', 'Regular expression specifying list of topics to include for consumption.'),
  takes('group', 'gid', 'The group id to consume on.', { fallback: group }),
  takes('fetch-size', 'size', 'The maximum amount of data to fetch from a single partition per request.', {
    type: 'Integer',
    fallback: '1048576',
  }),
  takes(
    'command-property',
    'prop1=val1',
    'Kafka consumer related configuration properties like client.id. These configs take precedence over those passed via --command-config or --consumer.config.',
  ),
  flag(
    'from-latest',
    'If the consumer does not already have an established offset to consume from, start with the latest record present in the log rather than the earliest record.',
  ),
  takes('socket-buffer-size', 'size', 'The size of the tcp RECV size.', { type: 'Integer', fallback: '2097152' }),
  takes(
    'consumer.config',
    'config file',
    '(DEPRECATED) Consumer config properties file. This option will be removed in a future version. Use --command-config instead.',
  ),
  takes('command-config', 'config file', 'Config properties file.'),
  flag('print-metrics', 'Print out the metrics.'),
  flag(
    'show-detailed-stats',
    'If set, stats are reported for each reporting interval as configured by reporting-interval.',
  ),
  takes('timeout', 'milliseconds', 'The maximum allowed time in milliseconds between returned records.', {
    type: 'Long',
    required: false,
    fallback: '10000',
  }),
  takes(
    'messages',
    'count',
    '(DEPRECATED) The number of records to consume. This option will be removed in a future version. Use --num-records instead.',
    { type: 'Long' },
  ),
  takes('num-records', 'count', 'REQUIRED: The number of records to consume.', { type: 'Long' }),
  takes('reporting-interval', 'interval_ms', 'Interval in milliseconds at which to print progress info.', {
    type: 'Long',
    fallback: '5000',
  }),
  takes(
    'date-format',
    'date format',
    'The date format to use for formatting the time field. See java.text.SimpleDateFormat for options.',
    { fallback: 'yyyy-MM-dd HH:mm:ss:SSS' },
  ),
  flag('hide-header', 'If set, skips printing the header for the stats.'),
]
