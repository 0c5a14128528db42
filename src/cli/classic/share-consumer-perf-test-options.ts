import { commonOptions, flag, type OptionSpec, takes } from './option-parser.ts'

/** The options of Apache's kafka-share-consumer-perf-test. */
export const shareConsumerPerfTestOptions: readonly OptionSpec[] = [
  ...commonOptions,
  takes('bootstrap-server', 'server to connect to', 'REQUIRED. The server(s) to connect to.\n'),
  takes('command-config', 'config file', 'Config properties file.'),
  takes(
    'command-property',
    'prop1=val1',
    'Kafka share consumer related configuration properties like client.id. These configs take precedence over those passed via --command-config or --consumer.config.',
  ),
  takes(
    'consumer.config',
    'config file',
    '(DEPRECATED) Share consumer config properties file. This option will be removed in a future version. Use --command-config instead.',
  ),
  takes(
    'date-format',
    'date format',
    'The date format to use for formatting the time field. See java.text. SimpleDateFormat for options.',
    { fallback: 'yyyy-MM-dd HH:mm:ss:SSS' },
  ),
  takes('fetch-size', 'size', 'The amount of data to fetch in a single request.', {
    type: 'Integer',
    fallback: '1048576',
  }),
  takes('group', 'gid', 'The group id to consume on.', { fallback: 'perf-share-consumer' }),
  flag('hide-header', 'If set, skips printing the header for the stats.'),
  takes(
    'messages',
    'count',
    '(DEPRECATED) The number of records to consume. This option will be removed in a future version. Use --num-records instead.',
    { type: 'Long' },
  ),
  takes('num-records', 'count', 'REQUIRED: The number of records to consume.', { type: 'Long' }),
  flag('print-metrics', 'Print out the metrics.'),
  takes('reporting-interval', 'interval_ms', 'Interval in milliseconds at which to print progress info.', {
    type: 'Long',
    fallback: '5000',
  }),
  flag('show-consumer-stats', 'If set, stats are reported for each share consumer depending on the no. of threads.'),
  flag(
    'show-detailed-stats',
    'If set, stats are reported for each reporting interval as configured by reporting-interval.',
  ),
  takes('socket-buffer-size', 'size', 'The size of the tcp RECV size.', { type: 'Integer', fallback: '2097152' }),
  takes('threads', 'count', 'The number of share consumers to use for sharing the load.', {
    type: 'Integer',
    fallback: '1',
  }),
  takes('timeout', 'milliseconds', 'The maximum allowed time in milliseconds between returned records.', {
    type: 'Long',
    fallback: '10000',
    required: false,
  }),
  takes('topic', 'topic', 'REQUIRED: The topic to consume from.'),
]
