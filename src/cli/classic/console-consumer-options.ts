import { newConsumerOption, whitelistOption, zooKeeperOption } from './era-options.ts'
import { commonOptions, flag, type OptionSpec, takes } from './option-parser.ts'

/** The options of Apache's kafka-console-consumer. */
export const consoleConsumerOptions: readonly OptionSpec[] = [
  ...commonOptions,
  zooKeeperOption,
  newConsumerOption,
  whitelistOption,
  takes('topic', 'topic', 'The topic to consume from.'),
  takes('include', 'Java regex (String)', 'Regular expression specifying list of topics to include for consumption.'),
  takes(
    'partition',
    'partition',
    "The partition to consume from. Consumption starts from the end of the partition unless '--offset' is specified.",
    { type: 'Integer' },
  ),
  takes(
    'offset',
    'consume offset',
    "The offset to consume from (a non-negative number), or 'earliest' which means from beginning, or 'latest' which means from end",
    { fallback: 'latest' },
  ),
  takes(
    'consumer-property',
    'consumer_prop',
    '(DEPRECATED) Consumer config properties in the form key=value. This option will be removed in a future version. Use --command-property instead.',
  ),
  takes('command-property', 'consumer_prop', 'Consumer config properties in the form key=value.'),
  takes(
    'consumer.config',
    'config file',
    '(DEPRECATED) Consumer config properties file. Note that [command-property] takes precedence over this config. This option will be removed in a future version. Use --command-config instead.',
  ),
  takes(
    'command-config',
    'config file',
    'Consumer config properties file. Note that [command-property] takes precedence over this config.',
  ),
  takes('formatter', 'class', 'The name of a class to use for formatting kafka messages for display.', {
    fallback: 'org.apache.kafka.tools.consumer.DefaultMessageFormatter',
  }),
  takes(
    'property',
    'prop',
    "(DEPRECATED) The properties to initialize the message formatter. Default properties include: \n print.timestamp=true|false\n print.key=true|false\n print.offset=true|false\n print.epoch=true|false\n print.partition=true|false\n print.headers=true|false\n print.value=true|false\n key.separator=<key.separator>\n line.separator=<line.separator>\n headers.separator=<headers.separator>\n null.literal=<null.literal>\n key.deserializer=<key.deserializer>\n value.deserializer=<value.deserializer>\n header.deserializer=<header.deserializer>\n\nUsers can also pass in customized properties for their formatter; more specifically, users can pass in properties keyed with 'key.deserializer.', 'value.deserializer.' and 'headers.deserializer.' prefixes to configure their deserializers. \nThis option will be removed in a future version. Use --formatter-property instead.",
  ),
  takes(
    'formatter-property',
    'prop',
    "The properties to initialize the message formatter. Default properties include: \n print.timestamp=true|false\n print.key=true|false\n print.offset=true|false\n print.epoch=true|false\n print.partition=true|false\n print.headers=true|false\n print.value=true|false\n key.separator=<key.separator>\n line.separator=<line.separator>\n headers.separator=<headers.separator>\n null.literal=<null.literal>\n key.deserializer=<key.deserializer>\n value.deserializer=<value.deserializer>\n header.deserializer=<header.deserializer>\n\nUsers can also pass in customized properties for their formatter; more specifically, users can pass in properties keyed with 'key.deserializer.', 'value.deserializer.' and 'headers.deserializer.' prefixes to configure their deserializers.",
  ),
  takes(
    'formatter-config',
    'config file',
    'Config properties file to initialize the message formatter. Note that [formatter-property] takes precedence over this config.',
  ),
  flag(
    'from-beginning',
    'If the consumer does not already have an established offset to consume from, start with the earliest message present in the log rather than the latest message.',
  ),
  takes(
    'max-messages',
    'num_messages',
    'The maximum number of messages to consume before exiting. If not set, consumption is continual.',
    { type: 'Integer' },
  ),
  takes(
    'timeout-ms',
    'timeout_ms',
    'If specified, exit if no message is available for consumption for the specified interval.',
    { type: 'Long' },
  ),
  flag('skip-message-on-error', 'If there is an error when processing a message, skip it instead of halt.'),
  takes('bootstrap-server', 'server to connect to', 'REQUIRED: The server(s) to connect to.'),
  takes('key-deserializer', 'deserializer for keys', 'The name of the class to use for deserializing keys.'),
  takes('value-deserializer', 'deserializer for values', 'The name of the class to use for deserializing values.'),
  flag(
    'enable-systest-events',
    'Log lifecycle events of the consumer in addition to logging consumed messages. (This is specific for system tests.)',
  ),
  takes(
    'isolation-level',
    '',
    'Set to read_committed in order to filter out transactional messages which are not committed. Set to read_uncommitted to read all messages.',
    { fallback: 'read_uncommitted' },
  ),
  takes('group', 'consumer group id', 'The consumer group id of the consumer.'),
]
